// Storeys of a model as plans.
import { queryOptions, useQuery } from "@tanstack/react-query";
import type { Feature } from "../../api/types.ts";
import { formatFixed } from "../../i18n/translate.ts";
import { useText } from "../../i18n/use-text.ts";
import { readAll } from "../../scene/tools/readings.ts";
import { go, modelOf, useStore } from "../../state.ts";
import { Button } from "../../ui/button.tsx";
import { numberAt } from "../element.ts";
import { ModelChoice, placed, useModel } from "./model-choice.tsx";
import type { PanelProps } from "./tools.tsx";

const storeysQuery = (model: string) =>
  queryOptions({ queryKey: ["storeys", model], queryFn: () => readAll("storeys", model), enabled: model !== "" });

export function PlanPanel({ site }: PanelProps) {
  const { t } = useText();
  const plan = useStore((state) => state.view.plan);
  const models = placed(site);
  const [chosen, choose] = useModel(models);
  const model = models.find(({ id }) => plan && id === modelOf(plan.storey)) ?? chosen;
  const { data } = useQuery(storeysQuery(model?.id ?? ""));
  const storeys = sorted(data ?? []);
  const change = (id: string): void => {
    choose(id);
    go({ plan: null });
  };
  return (
    <div className="tool-body">
      <ModelChoice models={models} model={model} onChoose={change} />
      {data && storeys.length === 0 && <p className="tool-hint">{t("plan.none")}</p>}
      <div className="storeys" role="radiogroup" aria-label={t("plan.storey")}>
        {storeys.map((storey) => (
          <StoreyChoice key={storey.id} storey={storey} chosen={plan?.storey === storey.id} north={plan?.north ?? false} />
        ))}
      </div>
      {plan && (
        <>
          <p className="tool-hint">{t("plan.hint")}</p>
          <div className="tool-foot">
            <label className="check">
              <input type="checkbox" checked={plan.north} onChange={(event) => go({ plan: { ...plan, north: event.target.checked } })} />
              {t("plan.north")}
            </label>
            <Button icon="back" onClick={() => go({ plan: null })}>{t("plan.back")}</Button>
          </div>
        </>
      )}
    </div>
  );
}

function StoreyChoice({ storey, chosen, north }: { storey: Feature; chosen: boolean; north: boolean }) {
  const { t } = useText();
  const { properties: p } = storey;
  const level = numberAt(p, "base_level");
  return (
    <label className={`storey${chosen ? " chosen" : ""}`}>
      <input type="radio" name="storey" checked={chosen} onChange={() => go({ plan: { storey: String(storey.id), north } })} />
      <span>{String(p["long_name"] || p["name"] || storey.id)}</span>
      {level !== null && <small className="exact">{t("plan.level", { level: formatFixed(level, 2) })}</small>}
    </label>
  );
}

/** From the top down, as they stand; storeys without a level have no plan. */
function sorted(storeys: readonly Feature[]): Feature[] {
  const level = ({ properties }: Feature): number | null => numberAt(properties, "base_level");
  return storeys.filter((storey) => level(storey) !== null).sort((a, b) => level(b)! - level(a)!);
}

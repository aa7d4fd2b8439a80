// What is other than in the version before: reasons that concern the whole first, then every object.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { boxOfFeature } from "../../api/geometry.ts";
import { itemQuery } from "../../api/queries.ts";
import { comparisonQuery, isWaiting, type Change, type Comparison, type Submission } from "../../api/submissions.ts";
import type { Feature, Site } from "../../api/types.ts";
import { formatFixed } from "../../i18n/translate.ts";
import { useText } from "../../i18n/use-text.ts";
import { numberAt } from "../../panels/element.ts";
import { go, useStore, type Spot } from "../../state.ts";
import { Group } from "../../ui/group.tsx";
import { Failure } from "../failure.tsx";
import { spotOf } from "./spot.ts";
import { ChangedFields } from "./changed-fields.tsx";

export function Changes({ submission, site }: { submission: Submission; site: Site }) {
  const { t } = useText();
  const names = submission.models.map(({ name }) => name);
  const [chosen, setChosen] = useState("");
  const model = names.includes(chosen) ? chosen : (names[0] ?? "");
  if (!submission.previous) return <p className="hint">{t("changes.first")}</p>;
  if (submission.state === "draft" || isWaiting(submission)) return <p className="hint">{t("findings.waiting")}</p>;
  return (
    <div className="changes">
      {names.length > 1 && (
        <label className="field">
          {t("field.model")}
          <select value={model} onChange={(event) => setChosen(event.target.value)}>
            {names.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      )}
      <OfModel id={submission.id} model={model} site={site} />
    </div>
  );
}

function OfModel({ id, model, site }: { id: string; model: string; site: Site }) {
  const { t, number } = useText();
  const { data, error, refetch } = useQuery(comparisonQuery(id, model));
  if (error) return <Failure error={error} onRetry={() => void refetch()} />;
  if (!data) return <p className="hint">{t("changes.comparing")}</p>;
  const kinds = (["new", "removed", "moved", "changed", "reidentified"] as const).map((kind) => [kind, data.changes.filter(({ status }) => status === kind)] as const);
  return (
    <>
      <Causes causes={data.causes} />
      {data.changes.length === 0 && <p className="hint">{t("changes.none")}</p>}
      {kinds.map(
        ([kind, changes]) =>
          changes.length > 0 && (
            <Group key={kind} title={t(`changes.${kind}`)} count={number(changes.length)} open={changes.length <= 30}>
              <ChangeList changes={changes} model={model} site={site} />
            </Group>
          ),
      )}
    </>
  );
}

function Causes({ causes }: { causes: Comparison["causes"] }) {
  const { t } = useText();
  if (causes.length === 0) return null;
  return (
    <section className="causes">
      <h3>{t("changes.causes")}</h3>
      <ul>
        {causes.map(({ kind, message, affected }, index) => (
          <li key={`${index} ${kind}`}>
            {message} <small>{t("changes.affected", { n: affected })}</small>
          </li>
        ))}
      </ul>
    </section>
  );
}

const most = 200;

function ChangeList({ changes, model, site }: { changes: readonly Change[]; model: string; site: Site }) {
  const { t } = useText();
  const inTwin = site.models.some(({ id }) => id === model);
  return (
    <>
      <ul className="change-list">
        {changes.slice(0, most).map((change) => (
          <li key={`${change.collection} ${change.global_id}`}>
            <ChangeRow change={change} model={inTwin ? model : ""} />
          </li>
        ))}
      </ul>
      {changes.length > most && <p className="hint">{t("findings.more", { n: changes.length - most })}</p>}
    </>
  );
}

function ChangeRow({ change, model }: { change: Change; model: string }) {
  const { t } = useText();
  const queries = useQueryClient();
  const name = change.name || change.global_id;
  const look = (): void => {
    const selection = { collection: change.collection, id: `${model}:${change.was ?? change.global_id}` };
    go({ selection });
    queries.fetchQuery(itemQuery(selection.collection, selection.id)).then(
      (feature) => useStore.setState({ spot: spotOfFeature(feature, name) }),
      () => useStore.setState({ spot: null }),
    );
  };
  return (
    <>
      {model && change.collection === "elements" ? (
        <button type="button" className="link" onClick={look}>
          {name}
        </button>
      ) : (
        <strong>{name}</strong>
      )}{" "}
      <small>
        {change.ifc_class} {change.aspects.join(", ")}
      </small>
      {change.vector_m && <p className="exact">{t("changes.vector", vectorOf(change.vector_m))}</p>}
      <ChangedFields fields={change.fields} />
    </>
  );
}

function vectorOf([x, y, z]: readonly [number, number, number]): Record<string, string> {
  return { x: formatFixed(x, 3), y: formatFixed(y, 3), z: formatFixed(z, 3), length: formatFixed(Math.hypot(x, y, z), 3) };
}

function spotOfFeature(feature: Feature, text: string): Spot | null {
  const bbox = boxOfFeature(feature);
  return bbox && spotOf(bbox, numberAt(feature.properties, "top_level"), text);
}

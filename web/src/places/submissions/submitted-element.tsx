// A selected element of a submitted model: what changes with it, what was found on it, and what its file says.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { submittedQuery, type Preview } from "../../api/previews.ts";
import type { Found } from "../../api/findings.ts";
import { Problem } from "../../api/problem.ts";
import type { Feature, Model, Site } from "../../api/types.ts";
import type { PlacedChange } from "../../api/versions.ts";
import { useText } from "../../i18n/use-text.ts";
import { Documents, Materials, Properties, Quantities } from "../../panels/inspector/described.tsx";
import type { ElementProps } from "../../panels/inspector/element.tsx";
import { Identity } from "../../panels/inspector/identity.tsx";
import { text } from "../../panels/element.ts";
import { statusColours, statusSigns, type Status } from "../../panels/versions/compare.ts";
import { css } from "../../scene/appearance.ts";
import { go, select } from "../../state.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { Tabs } from "../../ui/tabs.tsx";
import type { Selection } from "../../url.ts";
import { SeverityMark } from "./marks.tsx";
import { usePreviews } from "./preview-state.ts";
import { ChangedFields } from "./changed-fields.tsx";

const tabs = ["identity", "properties", "quantities", "materials", "documents"] as const;
type Tab = (typeof tabs)[number];

interface Props {
  readonly site: Site;
  readonly preview: Preview;
  readonly selection: Selection;
  readonly onFly: (feature: Feature) => void;
}

export function SubmittedElement({ site, preview, selection, onFly }: Props) {
  const { t } = useText();
  const globalId = selection.id.slice(preview.model.length + 1);
  const { data: feature, error } = useQuery(submittedQuery(preview.submission, preview.model, globalId));
  const found = usePreviews((state) => state.found).filter((one) => isOn(one, preview.model, globalId));
  return (
    <article className="inspector" aria-label={t("inspector.title")}>
      <header>
        <div className="titles">
          <p className="kicker">{feature ? text(feature.properties, "ifc_class") : preview.model}</p>
          <h2>{feature ? text(feature.properties, "name") || text(feature.properties, "ifc_class") : globalId}</h2>
        </div>
        <IconButton icon="close" label={t("inspector.close")} onClick={() => select(null)} />
      </header>
      <p className="hint">{t("preview.submitted")}</p>
      {feature && <Change preview={preview} change={feature.change} />}
      <FoundOn found={found} />
      {error && <p className="hint bad">{Problem.of(error).message}</p>}
      {!feature && !error && <p className="hint">{t("inspector.loading", { id: globalId })}</p>}
      {feature && (
        <>
          <div className="actions">
            <Button icon="fly" onClick={() => onFly(feature)} disabled={feature.geometry === null}>
              {t("inspector.fly")}
            </Button>
          </div>
          <Described feature={feature} collection={selection.collection} model={site.models.find(({ id }) => id === preview.model)} />
        </>
      )}
    </article>
  );
}

/** Says so where a selected element of the twin goes with a submitted model. */
export function Goes({ selection: { id }, previews }: { selection: Selection; previews: readonly Preview[] }) {
  const { t } = useText();
  const preview = previews.find(({ model }) => id.startsWith(`${model}:`));
  if (!preview) return null;
  return (
    <p className="preview-change">
      <span className="sign" style={{ background: css(statusColours.removed) }} aria-hidden="true">
        {statusSigns.removed}
      </span>{" "}
      {t("preview.goes", { version: preview.accepted?.version ?? 1 })}
    </p>
  );
}

/** Whether a finding stands on an element. */
function isOn({ model, status, globalId, parties }: Found, of: string, element: string): boolean {
  return model === of && status !== "solved" && (globalId === element || parties.includes(element));
}

/** How it is other than in the twin. */
function Change({ preview, change }: { preview: Preview; change: PlacedChange | null }) {
  const { t } = useText();
  const status = preview.accepted === null ? "new" : change?.status;
  if (!status || status === "unchanged") return preview.changes ? <p className="hint">{t("preview.asBefore")}</p> : null;
  return (
    <div className="preview-change">
      <p>
        <span className="sign" style={{ background: css(statusColours[status as Status]) }} aria-hidden="true">
          {statusSigns[status as Status]}
        </span>{" "}
        {t(`compare.status.${status}`)}
        {change?.vector_m && <span className="exact"> {t("preview.moved", { m: Math.hypot(...change.vector_m).toFixed(3) })}</span>}
      </p>
      <ChangedFields fields={change?.fields ?? {}} />
    </div>
  );
}

function FoundOn({ found }: { found: readonly Found[] }) {
  const { t, language } = useText();
  if (found.length === 0) return null;
  return (
    <ul className="preview-found" aria-label={t("preview.found")}>
      {found.map((one) => (
        <li key={one.id}>
          <button type="button" onClick={() => go({ chapter: "findings", finding: one.id })}>
            <SeverityMark severity={one.severity} /> {one.texts[language]}
          </button>
        </li>
      ))}
    </ul>
  );
}

function Described({ feature, collection, model }: { feature: Feature; collection: string; model: Model | undefined }) {
  const { t } = useText();
  const [tab, setTab] = useState<Tab>("identity");
  const props: ElementProps = { feature, collection, model, register: false };
  return (
    <Tabs id="submitted" label={t("inspector.tabs")} tabs={tabs} open={tab} onOpen={setTab} name={(one) => t(`inspector.tab.${one}`)} wrap>
      {tab === "identity" && <Identity {...props} />}
      {tab === "properties" && <Properties {...props} />}
      {tab === "quantities" && <Quantities {...props} />}
      {tab === "materials" && <Materials {...props} />}
      {tab === "documents" && <Documents {...props} />}
    </Tabs>
  );
}

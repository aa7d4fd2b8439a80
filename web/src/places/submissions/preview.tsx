// Submitted models in the scene before they are approved: what colours them, how many of each, and what could not be drawn.
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { submittedQuery, type NoPreview, type Preview } from "../../api/previews.ts";
import { Problem } from "../../api/problem.ts";
import { itemQuery } from "../../api/queries.ts";
import { isWaiting, type Submission } from "../../api/submissions.ts";
import type { Site } from "../../api/types.ts";
import { useText } from "../../i18n/use-text.ts";
import { statusColours, statusSigns, type Status } from "../../panels/versions/compare.ts";
import { css } from "../../scene/appearance.ts";
import { union } from "../../scene/camera.ts";
import type { TwinScene } from "../../scene/scene.ts";
import { amend, go, select, tell, useStore } from "../../state.ts";
import { Button } from "../../ui/button.tsx";
import { looks, type Look } from "../../url.ts";
import { Failure } from "../failure.tsx";
import { flyToFeature } from "../fly.ts";
import { changesOf, legendOf, type Row } from "./preview-look.ts";
import { usePreviews } from "./preview-state.ts";
import { useFound, useKnown, useOthers, usePreviewed } from "./use-previews.ts";

interface Props {
  readonly submission: Submission;
  readonly site: Site;
  readonly scene: TwinScene | null;
}

export function Previewed({ submission, site, scene }: Props) {
  const { t } = useText();
  const look = useStore(({ view }) => view.preview);
  const [flying, setFlying] = useState(() => look !== "" && useStore.getState().view.camera === null);
  const known = useKnown(submission, site, look !== "");
  const found = useFound(submission);
  usePreviewed(scene, site, known.seen, found);
  useEffect(() => {
    if (!flying || !scene || known.waiting > 0 || known.seen.length === 0) return;
    setFlying(false);
    void flyTo(scene, known.seen);
  }, [flying, scene, known]);
  if (look === "")
    return (
      <p className="preview-open">
        <Button
          icon="spaces"
          onClick={() => {
            setFlying(true);
            go({ preview: "changes", compare: null, at: "" });
          }}
        >
          {t("preview.open")}
        </Button>
      </p>
    );
  return (
    <section className="preview" aria-label={t("preview.title")}>
      <div className="title-row">
        <h2>{t("preview.title")}</h2>
        <Button onClick={() => go({ preview: "", selection: null })}>{t("preview.close")}</Button>
      </div>
      {known.waiting > 0 && <p role="status">{t("preview.making", { n: known.waiting })}</p>}
      {known.error && <Failure error={known.error} onRetry={known.retry} />}
      <Models seen={known.seen} unseen={known.unseen} />
      {known.seen.length > 0 && (
        <>
          <Looks look={look} />
          <Others />
          {look !== "plain" && <Legend {...legendOf(look, known.seen, found)} look={look} />}
          {look === "changes" && <Causes seen={known.seen} />}
          {look === "changes" && <Changed seen={known.seen} scene={scene} />}
        </>
      )}
    </section>
  );
}

/** Whether a submission has anything that could be seen, now or with a word about why not. */
export function canBePreviewed(submission: Submission): boolean {
  return submission.state !== "draft" && submission.state !== "withdrawn" && !isWaiting(submission) && submission.models.some(({ published }) => !published);
}

async function flyTo(scene: TwinScene, seen: readonly Preview[]): Promise<void> {
  const bbox = union(seen.map(({ bbox }) => bbox));
  const levels = seen.flatMap(({ levels }) => levels ?? []);
  if (bbox) return scene.flyTo(bbox, levels.length ? [Math.min(...levels), Math.max(...levels)] : null);
  await scene.settled();
  await scene.flyToModel(seen[0]!.model);
}

/** One line for each model: where it stands, what is missing, or why nothing of it is seen. */
function Models({ seen, unseen }: { seen: readonly Preview[]; unseen: readonly NoPreview[] }) {
  const { t } = useText();
  return (
    <ul className="preview-models">
      {seen.map(({ model, accepted, changes, elements, wanted, shapes, placement }) => (
        <li key={model}>
          <strong>{model}</strong> {accepted ? t("preview.inPlace", { version: accepted.version }) : t("preview.fresh")} {t("preview.elements", { n: elements })}
          {accepted && !changes && <span className="bad"> {t("preview.unknown")}</span>}
          {shapes < wanted && <span className="bad"> {t("preview.missing", { n: wanted - shapes })}</span>}
          {placement === "local" && <span className="bad"> {t("preview.local")}</span>}
        </li>
      ))}
      {unseen.map(({ model, reason }) => (
        <li key={model} className="not-seen">
          <strong>{model}</strong> {t(`preview.none.${reason}`)}
        </li>
      ))}
    </ul>
  );
}

function Others() {
  const { t } = useText();
  const others = useOthers();
  return (
    <label className="check">
      <input type="checkbox" checked={others} onChange={(event) => usePreviews.setState({ others: event.target.checked })} />
      {t("preview.others")}
    </label>
  );
}

function Looks({ look }: { look: Look }) {
  const { t } = useText();
  return (
    <div className="kinds" role="radiogroup" aria-label={t("preview.look")}>
      {looks.map((one) => (
        <label key={one} className={one === look ? "chosen" : ""}>
          <input
            type="radio"
            name="preview-look"
            checked={one === look}
            onChange={() => {
              usePreviews.setState({ chosen: new Set() });
              amend({ preview: one });
            }}
          />
          {t(`preview.look.${one}`)}
        </label>
      ))}
    </div>
  );
}

function Legend({ rows, none, look }: { rows: readonly Row[]; none: number; look: "changes" | "findings" }) {
  const { t, number } = useText();
  const { chosen, alone } = usePreviews();
  const toggle = (name: string): void => {
    const next = new Set(chosen);
    if (!next.delete(name)) next.add(name);
    usePreviews.setState({ chosen: next });
  };
  return (
    <>
      <ul className="legend" aria-label={t("preview.legend")}>
        {rows.map(({ name, colour, sign, count }) => (
          <li key={name}>
            <button type="button" aria-pressed={chosen.has(name)} className={chosen.size && !chosen.has(name) ? "off" : undefined} onClick={() => toggle(name)}>
              <span className="swatch sign" style={{ background: css(colour) }} aria-hidden="true">
                {sign}
              </span>
              <span className="label">{look === "changes" ? t(`compare.status.${name as Status}`) : t(`severity.${name as "error"}`)}</span>
              <span className="detail">{number(count)}</span>
            </button>
          </li>
        ))}
        <li className="unchanged">
          <span className="swatch" />
          <span className="label">{t(look === "changes" ? "compare.status.unchanged" : "preview.clean")}</span>
          <span className="detail">{number(none)}</span>
        </li>
      </ul>
      <label className="check">
        <input type="checkbox" checked={alone} onChange={(event) => usePreviews.setState({ alone: event.target.checked })} />
        {t("preview.alone")}
      </label>
    </>
  );
}

const causes = ["unit", "georeference", "global_ids", "moved_with", "type"] as const;

/** Reasons that explain many changes at once. */
function Causes({ seen }: { seen: readonly Preview[] }) {
  const { t } = useText();
  const all = seen.flatMap(({ changes }) => changes?.causes ?? []);
  const rows = causes.map((kind) => [kind, all.filter((one) => one.kind === kind).reduce((sum, { affected }) => sum + affected, 0)] as const).filter(([, n]) => n > 0);
  if (rows.length === 0) return null;
  return (
    <ul className="preview-models">
      {rows.map(([kind, n]) => (
        <li key={kind}>{t(`preview.cause.${kind}`, { n })}</li>
      ))}
    </ul>
  );
}

const page = 50;

/** Every element that is other than in the twin; one is flown to and read by a click. */
function Changed({ seen, scene }: { seen: readonly Preview[]; scene: TwinScene | null }) {
  const { t } = useText();
  const queries = useQueryClient();
  const chosen = usePreviews((state) => state.chosen);
  const [most, setMost] = useState(page);
  const changes = changesOf(seen).filter(({ status }) => chosen.size === 0 || chosen.has(status));
  const look = async (model: string, globalId: string, gone: boolean): Promise<void> => {
    const id = `${model}:${globalId}`;
    select({ collection: "elements", id });
    const { submission } = seen[0]!;
    try {
      const feature = await (gone ? queries.fetchQuery(itemQuery("elements", id)) : queries.fetchQuery(submittedQuery(submission, model, globalId)));
      if (scene) await flyToFeature(scene, feature);
    } catch (error) {
      tell(Problem.of(error));
    }
  };
  if (changes.length === 0) return null;
  return (
    <>
      <ul className="changed" aria-label={t("preview.changed")}>
        {changes.slice(0, most).map(({ model, status, global_id, name, ifc_class, aspects }) => (
          <li key={`${model} ${global_id}`}>
            <button type="button" onClick={() => void look(model, global_id, status === "removed")}>
              <span className="sign" style={{ background: css(statusColours[status as Status]) }} aria-hidden="true">
                {statusSigns[status as Status]}
              </span>
              <span className="label">
                <span className="unseen">{t(`compare.status.${status}`)}: </span>
                {name || global_id}
                <small>{[ifc_class, ...aspects.map((aspect) => t(`compare.aspect.${aspect}` as "compare.aspect.name"))].join(" · ")}</small>
              </span>
            </button>
          </li>
        ))}
      </ul>
      {changes.length > most && <Button onClick={() => setMost(most + page)}>{t("compare.more")}</Button>}
    </>
  );
}

// What is other in a version than in an earlier one: a legend that counts, and a list that one narrows and flies through.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { getJson } from "../../api/client.ts";
import { itemPath } from "../../api/features.ts";
import { Problem } from "../../api/problem.ts";
import type { Feature, Site } from "../../api/types.ts";
import { modelChangesQuery, versionsQuery, type ModelChanges, type PlacedChange, type Version } from "../../api/versions.ts";
import { formatFixed } from "../../i18n/translate.ts";
import { useText } from "../../i18n/use-text.ts";
import { flyToFeature } from "../../places/fly.ts";
import { css } from "../../scene/appearance.ts";
import type { TwinScene } from "../../scene/scene.ts";
import { amend, go, key, select, show, tell, useStore } from "../../state.ts";
import { sides, type Compare } from "../../url.ts";
import { Button } from "../../ui/button.tsx";
import type { PanelProps } from "../tools/tools.tsx";
import { dayAndTime } from "../time/words.ts";
import { elementCounts, listed, statusColours, statuses, statusSigns, type Status } from "./compare.ts";
import { useComparing } from "./state.ts";

const page = 100;

export function ComparePanel({ site, scene }: PanelProps) {
  const { t, say } = useText();
  const compare = useStore((state) => state.view.compare);
  const { data: versions, error } = useQuery(versionsQuery(site.change));
  const several = useMemo(() => site.models.filter(({ id }) => (versions?.models[id]?.length ?? 0) > 1), [site.models, versions]);
  if (error) return <p className="hint bad">{error.message}</p>;
  if (!versions) return <p className="tool-body tool-hint" role="status">{t("compare.loading")}</p>;
  if (several.length === 0) return <p className="tool-body tool-hint">{t("compare.none")}</p>;
  const begin = (id: string): void => {
    const [newest, before] = versions.models[id] ?? [];
    if (id) show(site, [key("model", id)], true);
    compareWith(newest && before ? { model: id, version: newest.version, since: before.version, side: compare?.side ?? "both" } : null);
  };
  return (
    <div className="tool-body compare">
      <label className="field-row">
        <span>{t("tool.model")}</span>
        <select value={compare?.model ?? ""} onChange={(event) => begin(event.target.value)}>
          <option value="">{t("compare.choose")}</option>
          {several.map(({ id, title }) => (
            <option key={id} value={id}>{say(title) || id}</option>
          ))}
        </select>
      </label>
      {compare && (
        <>
          <Pair compare={compare} versions={versions.models[compare.model] ?? []} />
          <Sides compare={compare} />
          <Changes key={`${compare.model} ${compare.version} ${compare.since}`} site={site} scene={scene} compare={compare} />
        </>
      )}
    </div>
  );
}

function compareWith(compare: Compare | null): void {
  useComparing.setState({ chosen: new Set() });
  go({ compare });
}

/** The two versions: whichever of them is chosen, the earlier one is the one before. */
function Pair({ compare, versions }: { compare: Compare; versions: readonly Version[] }) {
  const { t, language } = useText();
  const numbers = versions.map(({ version }) => version);
  const after = (version: number): void => {
    const earlier = numbers.filter((one) => one < version);
    compareWith({ ...compare, version, since: earlier.includes(compare.since) ? compare.since : Math.max(...earlier) });
  };
  const before = (since: number): void => {
    const later = numbers.filter((one) => one > since);
    compareWith({ ...compare, since, version: later.includes(compare.version) ? compare.version : Math.min(...later) });
  };
  const choice = (label: string, value: number, own: readonly Version[], onChoose: (version: number) => void) => (
    <label className="field-row">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChoose(Number(event.target.value))}>
        {own.map(({ version, valid_from }) => (
          <option key={version} value={version}>{`${version} · ${dayAndTime(valid_from, language)}`}</option>
        ))}
      </select>
    </label>
  );
  return (
    <>
      {choice(t("compare.since"), compare.since, versions.slice(1), before)}
      {choice(t("compare.version"), compare.version, versions.slice(0, -1), after)}
    </>
  );
}

function Sides({ compare }: { compare: Compare }) {
  const { t } = useText();
  return (
    <div className="kinds" role="radiogroup" aria-label={t("compare.sides")}>
      {sides.map((side) => (
        <label key={side} className={side === compare.side ? "chosen" : ""}>
          <input type="radio" name="side" checked={side === compare.side} onChange={() => amend({ compare: { ...compare, side } })} />
          {t(`compare.side.${side}`)}
        </label>
      ))}
    </div>
  );
}

function Changes({ site, scene, compare }: { site: Site; scene: TwinScene; compare: Compare }) {
  const { t } = useText();
  const { data, error } = useQuery(modelChangesQuery(compare, site.change));
  const { chosen, changedOnly } = useComparing();
  const [ifcClass, setClass] = useState("");
  const [most, setMost] = useState(page);
  if (error) return <p className="hint bad">{error.message}</p>;
  if (!data) return <p className="tool-hint" role="status">{t("compare.making")}</p>;
  const classes = [...new Set(data.changes.map(({ ifc_class }) => ifc_class))].sort();
  const rows = listed(data.changes, chosen, ifcClass);
  return (
    <>
      {data.causes.length > 0 && (
        <ul className="causes">
          {data.causes.map(({ kind, message }, at) => (
            <li key={`${at} ${kind}`}>{message}</li>
          ))}
        </ul>
      )}
      <Legend data={data} />
      <label className="check">
        <input type="checkbox" checked={changedOnly} onChange={(event) => useComparing.setState({ changedOnly: event.target.checked })} />
        {t("compare.changedOnly")}
      </label>
      {data.changes.length > 0 && (
        <label className="field-row">
          <span>{t("compare.class")}</span>
          <select value={ifcClass} onChange={(event) => setClass(event.target.value)}>
            <option value="">{t("compare.allClasses")}</option>
            {classes.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
      )}
      <p className="tool-hint" role="status">{t("compare.listed", { n: rows.length })}</p>
      <ul className="changed">
        {rows.slice(0, most).map((change) => (
          <li key={`${change.collection} ${change.global_id}`}>
            <Row change={change} data={data} scene={scene} />
          </li>
        ))}
      </ul>
      <div className="tool-foot">
        {rows.length > most && <Button onClick={() => setMost(most + page)}>{t("compare.more")}</Button>}
        <Button onClick={() => go({ compare: null })}>{t("compare.end")}</Button>
      </div>
    </>
  );
}

function Legend({ data }: { data: ModelChanges }) {
  const { t, number } = useText();
  const chosen = useComparing((state) => state.chosen);
  const counts = elementCounts(data);
  const toggle = (status: Status): void => useComparing.setState({ chosen: new Set(chosen.has(status) ? [...chosen].filter((one) => one !== status) : [...chosen, status]) });
  return (
    <ul className="legend" aria-label={t("compare.legend")}>
      {statuses.filter((status) => counts[status] > 0 || status !== "reidentified").map((status) => (
        <li key={status}>
          <button type="button" aria-pressed={chosen.has(status)} className={chosen.size && !chosen.has(status) ? "off" : undefined} onClick={() => toggle(status)}>
            <span className="swatch sign" style={{ background: css(statusColours[status]) }} aria-hidden="true">{statusSigns[status]}</span>
            <span className="label">{t(`compare.status.${status}`)}</span>
            <span className="detail">{number(counts[status])}</span>
          </button>
        </li>
      ))}
      <li className="unchanged">
        <span className="swatch" />
        <span className="label">{t("compare.status.unchanged")}</span>
        <span className="detail">{number(counts.unchanged)}</span>
      </li>
    </ul>
  );
}

function Row({ change, data, scene }: { change: PlacedChange; data: ModelChanges; scene: TwinScene }) {
  const { t } = useText();
  const queries = useQueryClient();
  const { collection, status, global_id, was, ifc_class, name, aspects, vector_m } = change;
  const gone = status === "removed";
  const fly = (): void => {
    const id = `${data.model}:${global_id}`;
    select({ collection, id });
    const path = `${itemPath(collection, id)}?f=json&version=${gone ? data.since : data.version}`;
    queries.fetchQuery({ queryKey: ["item-then", path], queryFn: () => getJson<Feature>(path) }).then(
      (feature) => flyToFeature(scene, feature),
      (error: unknown) => tell(Problem.of(error)),
    );
  };
  const length = vector_m && Math.hypot(...vector_m);
  return (
    <button type="button" onClick={fly}>
      <span className="sign" style={{ background: css(statusColours[status as Status]) }} aria-hidden="true">{statusSigns[status as Status]}</span>
      <span className="label">
        <span className="unseen">{t(`compare.status.${status}`)}: </span>
        {name || global_id}
        <small>
          {ifc_class}
          {aspects.length > 0 && ` · ${aspects.map((aspect) => t(`compare.aspect.${aspect}` as "compare.aspect.name")).join(", ")}`}
          {length !== null && ` · ${formatFixed(length, 3)} m`}
          {was && ` · ${was}`}
        </small>
      </span>
    </button>
  );
}

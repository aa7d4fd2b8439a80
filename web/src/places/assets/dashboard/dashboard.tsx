// The dashboard of the site: what there is, how it is, what is to be done; each figure leads to the list behind it.
import { useQuery } from "@tanstack/react-query";
import { facetsQuery, type FacetCount } from "../../../api/assets.ts";
import type { Site } from "../../../api/types.ts";
import { figuresQuery } from "../../../api/work.ts";
import type { Key } from "../../../i18n/translate.ts";
import { useText } from "../../../i18n/use-text.ts";
import { Failure } from "../../failure.tsx";
import { Entrance, isDenied } from "../../entrance.tsx";
import { openAssets } from "../work/address.ts";
import { useClassNames } from "../work/class-names.ts";
import { Bars, type Bar } from "./bars.tsx";
import { ConditionMap } from "./condition-map.tsx";
import { Lately } from "./lately.tsx";
import { Months } from "./months.tsx";
import { Tile } from "./tile.tsx";
import { Warranties } from "./warranties.tsx";

const mostClasses = 12;
const conditions = ["1", "2", "3", "4", "5"] as const;

export function Dashboard({ site, dark }: { site: Site; dark: boolean }) {
  const { t } = useText();
  const facets = useQuery(facetsQuery("", "", ["asset_class", "condition", "status", "category"]));
  if (facets.error) return isDenied(facets.error) ? <Entrance says="work.entrance" onEnter={() => void facets.refetch()} /> : <Failure error={facets.error} onRetry={() => void facets.refetch()} />;
  return (
    <div className="dashboard">
      <Tiles />
      <div className="charts">
        <Panel title={t("figures.months")}>
          <Work />
        </Panel>
        <Panel title={t("figures.classes")}>
          <Classes counts={facets.data?.facets["asset_class"] ?? []} />
        </Panel>
        <Panel title={t("figures.condition")}>
          <Bars bars={useConditionBars(facets.data?.facets["condition"] ?? [])} label={t("figures.condition")} />
        </Panel>
        <Panel title={t("figures.status")}>
          <Bars bars={useStatusBars(facets.data?.facets["status"] ?? [])} label={t("figures.status")} />
        </Panel>
        <Panel title={t("figures.warranties")}>
          <Warranties />
        </Panel>
        <Panel title={t("figures.map")}>
          <ConditionMap site={site} dark={dark} />
        </Panel>
        <Panel title={t("figures.lately")}>
          <Lately />
        </Panel>
      </div>
    </div>
  );
}

function Panel({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section className="chart-panel">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** What was reported and done; nothing for who may not see orders. */
function Work() {
  const { t } = useText();
  const { data, error } = useFigures();
  if (error) return <p className="hint">{isDenied(error) ? t("figures.denied") : error.message}</p>;
  return data ? <Months months={data.months} /> : <p className="hint">…</p>;
}

function useFigures() {
  return useQuery({ ...figuresQuery({}), retry: false });
}

function Tiles() {
  const { t, number } = useText();
  const { data } = useFigures();
  if (!data) return null;
  const { backlog, overdue, repairs, planned_share, mtbf_h } = data;
  const hours = (value: number): string => (value >= 48 ? t("figures.days", { n: number(value / 24, 1) }) : t("figures.hours", { n: number(value, 1) }));
  const share = (value: number): string => `${number(value * 100, 0)} %`;
  const urgent = (backlog.by_priority["urgent"] ?? 0) + (backlog.by_priority["emergency"] ?? 0);
  const tiles: readonly { name: Key; value: string; note: string; opens: readonly string[]; bad?: boolean }[] = [
    { name: "figures.backlog", value: number(backlog.count), note: t("figures.urgent", { n: urgent }), opens: [] },
    { name: "figures.overdue", value: number(overdue.count), note: told(overdue.median_late_h, (by) => t("figures.late", { by: hours(by) })), bad: overdue.count > 0, opens: ["overdue:1"] },
    { name: "figures.reported", value: number(backlog.by_state["reported"] ?? 0), note: t("figures.reported.note"), opens: ["origin:fault"] },
    { name: "figures.mttr", value: told(repairs.mttr_h, hours, "–"), note: t("figures.repairs", { n: repairs.count }), opens: ["origin:fault", "ended:1"] },
    { name: "figures.inTime", value: told(repairs.in_time_share, share, "–"), note: told(repairs.first_time_share, (one) => t("figures.first", { share: share(one) })), opens: ["ended:1"] },
    { name: "figures.planned", value: told(planned_share, share, "–"), note: told(mtbf_h, (by) => t("figures.mtbf", { by: hours(by) })), opens: ["view:calendar"] },
  ];
  return (
    <div className="tiles">
      {tiles.map(({ name, opens, ...rest }) => (
        <Tile key={name} name={t(name)} {...rest} onOpen={() => openAssets({ tab: "work", work: opens })} />
      ))}
    </div>
  );
}

/** A figure in words; `none` where there is nothing to make one from. */
function told(value: number | null, words: (value: number) => string, none = ""): string {
  return value === null ? none : words(value);
}

function Classes({ counts }: { counts: readonly FacetCount[] }) {
  const { t } = useText();
  const nameOf = useClassNames();
  const sorted = [...counts].sort((one, other) => other.count - one.count);
  const bars = sorted.slice(0, mostClasses).map(({ value, count }): Bar => ({ key: String(value), name: nameOf(String(value)), count, narrow: `asset_class:${value}` }));
  const rest = sorted.slice(mostClasses).reduce((sum, { count }) => sum + count, 0);
  return <Bars bars={rest ? [...bars, { key: "", name: t("figures.others", { n: sorted.length - mostClasses }), count: rest, narrow: "" }] : bars} label={t("figures.classes")} />;
}

function useConditionBars(counts: readonly FacetCount[]): readonly Bar[] {
  const { t } = useText();
  const of = new Map(counts.map(({ value, count }) => [String(value), count]));
  const known = conditions.map((one): Bar => ({ key: one, name: t(`figures.condition.${one}`), count: of.get(one) ?? 0, narrow: `condition:${one}`, look: `condition-${one}` }));
  const unknown = of.get("null") ?? 0;
  return unknown ? [...known, { key: "none", name: t("figures.condition.none"), count: unknown, narrow: "", look: "condition-none" }] : known;
}

const statuses = ["planned", "in-service", "under-repair", "out-of-service", "retired"] as const;

function useStatusBars(counts: readonly FacetCount[]): readonly Bar[] {
  const { t } = useText();
  return statuses.map((one) => ({ key: one, name: t(`figures.status.${one}`), count: counts.find(({ value }) => value === one)?.count ?? 0, narrow: `status:${one}` }));
}

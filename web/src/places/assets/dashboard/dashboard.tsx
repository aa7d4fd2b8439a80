// The dashboard of the site: what there is, how it is, what is to be done; each figure leads to the list behind it.
import { useQuery } from "@tanstack/react-query";
import { facetsQuery, type FacetCount } from "../../../api/assets.ts";
import type { Site } from "../../../api/types.ts";
import { figuresQuery, type Figures } from "../../../api/work.ts";
import { useText } from "../../../i18n/use-text.ts";
import { Failure } from "../../failure.tsx";
import { isDenied } from "../../submissions/entrance.tsx";
import { openAssets } from "../work/address.ts";
import { useClassNames } from "../work/class-names.ts";
import { WorkEntrance } from "../work/entrance.tsx";
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
  if (facets.error) return isDenied(facets.error) ? <WorkEntrance onEnter={() => void facets.refetch()} /> : <Failure error={facets.error} onRetry={() => void facets.refetch()} />;
  return (
    <div className="dashboard">
      <Work />
      <div className="charts">
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
        <Panel title={t("figures.map")} wide>
          <ConditionMap site={site} dark={dark} />
        </Panel>
        <Panel title={t("figures.lately")} wide>
          <Lately />
        </Panel>
      </div>
    </div>
  );
}

function Panel({ title, wide = false, children }: { title: string; wide?: boolean; children: React.ReactNode }) {
  return (
    <section className={`chart-panel${wide ? " wide" : ""}`}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** Figures of the work; nothing for who may not see orders. */
function Work() {
  const { t } = useText();
  const { data, error } = useQuery({ ...figuresQuery({}), retry: false });
  if (error) return isDenied(error) ? <p className="hint">{t("figures.denied")}</p> : null;
  if (!data) return <p className="hint">…</p>;
  return (
    <>
      <Tiles figures={data} />
      <section className="chart-panel">
        <h2>{t("figures.months")}</h2>
        <Months months={data.months} />
      </section>
    </>
  );
}

function Tiles({ figures: { backlog, overdue, repairs, planned_share, mtbf_h } }: { figures: Figures }) {
  const { t, number } = useText();
  const hours = (value: number | null): string => (value === null ? "–" : value >= 48 ? t("figures.days", { n: number(value / 24, 1) }) : t("figures.hours", { n: number(value, 1) }));
  const share = (value: number | null): string => (value === null ? "–" : `${number(value * 100, 0)} %`);
  const work = (...words: string[]): void => openAssets({ tab: "work", work: words });
  return (
    <div className="tiles">
      <Tile name={t("figures.backlog")} value={number(backlog.count)} note={t("figures.urgent", { n: (backlog.by_priority["urgent"] ?? 0) + (backlog.by_priority["emergency"] ?? 0) })} onOpen={() => work()} />
      <Tile name={t("figures.overdue")} value={number(overdue.count)} note={overdue.median_late_h === null ? "" : t("figures.late", { by: hours(overdue.median_late_h) })} bad={overdue.count > 0} onOpen={() => work("overdue:1")} />
      <Tile name={t("figures.reported")} value={number(backlog.by_state["reported"] ?? 0)} note={t("figures.reported.note")} onOpen={() => work("origin:fault")} />
      <Tile name={t("figures.mttr")} value={hours(repairs.mttr_h)} note={t("figures.repairs", { n: repairs.count })} onOpen={() => work("origin:fault", "ended:1")} />
      <Tile name={t("figures.inTime")} value={share(repairs.in_time_share)} note={t("figures.first", { share: share(repairs.first_time_share) })} onOpen={() => work("ended:1")} />
      <Tile name={t("figures.planned")} value={share(planned_share)} note={mtbf_h === null ? "" : t("figures.mtbf", { by: hours(mtbf_h) })} onOpen={() => work("view:calendar")} />
    </div>
  );
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

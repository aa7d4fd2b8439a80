// What the board and its figures are narrowed to.
import { useQuery } from "@tanstack/react-query";
import { figuresQuery, priorities, type Narrowing } from "../../../api/work.ts";
import { useText } from "../../../i18n/use-text.ts";
import { useClassNames } from "./class-names.ts";
import { useKept } from "./address.ts";
import type { Kept } from "./kept.ts";
import { Button } from "../../../ui/button.tsx";

const names = ["priority", "assignee", "asset_class", "asset", "location", "overdue", "origin"] as const;

/** The narrowing that the address says. */
export function narrowingOf(kept: Kept): Narrowing {
  return Object.fromEntries(names.filter((name) => kept[name]).map((name) => [name, kept[name]]));
}

export function Filters() {
  const { t } = useText();
  const { kept, set, amend } = useKept();
  const { data: figures } = useQuery(figuresQuery({}));
  const nameOf = useClassNames();
  const narrowed = names.some((name) => kept[name]);
  const classes = Object.keys(figures?.by_class ?? {}).filter(Boolean);
  return (
    <div className="work-filters" role="search" aria-label={t("work.filters")}>
      <select className="select" aria-label={t("work.priority")} value={kept["priority"] ?? ""} onChange={(event) => set({ priority: event.target.value })}>
        <option value="">{t("work.priority.any")}</option>
        {priorities.map((one) => (
          <option key={one} value={one}>
            {t(`work.priority.${one}`)}
          </option>
        ))}
      </select>
      <select className="select" aria-label={t("work.class")} value={kept["asset_class"] ?? ""} onChange={(event) => set({ asset_class: event.target.value })}>
        <option value="">{t("work.class.any")}</option>
        {classes.map((one) => (
          <option key={one} value={one}>
            {nameOf(one)}
          </option>
        ))}
      </select>
      <input
        className="work-input"
        aria-label={t("work.assignee")}
        placeholder={t("work.assignee")}
        value={kept["assignee"] ?? ""}
        onChange={(event) => amend({ assignee: event.target.value.trim() })}
      />
      <button type="button" className="choice" aria-pressed={kept["overdue"] === "1"} onClick={() => set({ overdue: kept["overdue"] ? "" : "1" })}>
        {t("work.overdue")} {figures && <small>{figures.overdue.count}</small>}
      </button>
      {narrowed && <Button onClick={() => set(Object.fromEntries(names.map((name) => [name, ""])))}>{t("work.filters.none")}</Button>}
    </div>
  );
}

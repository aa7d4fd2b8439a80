// The calendar: what plans will ask for and which orders are due, by month or by week.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { upcomingQuery } from "../../../api/work.ts";
import { useText } from "../../../i18n/use-text.ts";
import { Button, IconButton } from "../../../ui/button.tsx";
import { openAssets, useKept } from "./address.ts";
import { CalendarLink } from "./calendar-link.tsx";
import { dayOf, noon, plusDays, plusMonths, weeksOf } from "./days.ts";
import { eventsByDay, type Event } from "./events.ts";

const shownInDay = { month: 3, week: 40 };

export function Calendar() {
  const { t, language } = useText();
  const { kept, set } = useKept();
  const span = kept["span"] === "week" ? "week" : "month";
  const day = /^\d{4}-\d{2}-\d{2}$/.test(kept["day"] ?? "") ? kept["day"]! : dayOf(new Date());
  const weeks = weeksOf(day, span);
  const { data } = useQuery({ ...upcomingQuery(weeks[0]![0]!, weeks.at(-1)![6]!), placeholderData: keepPreviousData });
  const events = eventsByDay(data?.planned ?? [], data?.orders ?? []);
  const step = (by: number): void => set({ day: span === "week" ? plusDays(day, 7 * by) : plusMonths(day, by) });
  const title = noon(day).toLocaleDateString(language, { month: "long", year: "numeric" });
  return (
    <>
      <div className="calendar-bar">
        <IconButton icon="chevron" className="turned" label={t(`work.before.${span}`)} onClick={() => step(-1)} />
        <h2 aria-live="polite">{title}</h2>
        <IconButton icon="chevron" label={t(`work.after.${span}`)} onClick={() => step(1)} />
        <Button onClick={() => set({ day: "" })}>{t("work.today")}</Button>
        <div className="choices" role="group" aria-label={t("work.span")}>
          {(["month", "week"] as const).map((one) => (
            <button key={one} type="button" className="choice" aria-pressed={one === span} onClick={() => set({ span: one === "month" ? "" : one, day })}>
              {t(`work.span.${one}`)}
            </button>
          ))}
        </div>
        <CalendarLink title={t("work.view.calendar")} of={{}} />
      </div>
      <table className={`calendar ${span}`} aria-label={title}>
        <thead>
          <tr>
            {weeks[0]!.map((one) => (
              <th key={one} scope="col">
                {noon(one).toLocaleDateString(language, { weekday: "short" })}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks.map((week) => (
            <tr key={week[0]}>
              {week.map((one) => (
                <Day key={one} day={one} outside={span === "month" && one.slice(0, 7) !== day.slice(0, 7)} events={events.get(one) ?? []} most={shownInDay[span]} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function Day({ day, outside, events, most }: { day: string; outside: boolean; events: readonly Event[]; most: number }) {
  const { t, language } = useText();
  const { set } = useKept();
  const today = day === dayOf(new Date());
  const more = events.length - most;
  return (
    <td className={`${outside ? "outside " : ""}${today ? "today " : ""}${events.length ? "" : "free"}`} aria-current={today ? "date" : undefined}>
      <span className="day-name">
        <span className="day-weekday">{noon(day).toLocaleDateString(language, { weekday: "short", month: "short" })} </span>
        {Number(day.slice(8))}
      </span>
      <ul>
        {events.slice(0, most).map((one) => (
          <li key={one.key} className={one.order ? `due ${one.order.state}${one.order.overdue ? " overdue" : ""}` : "planned"}>
            {one.order ? (
              <button type="button" className="link" onClick={() => openAssets({ tab: "work", work: [`order:${one.order!.number}`] })}>
                {one.order.asset_tag ?? one.order.number} <span>{one.title}</span>
              </button>
            ) : (
              <span>{one.title}</span>
            )}
          </li>
        ))}
      </ul>
      {more > 0 && (
        <button type="button" className="link" onClick={() => set({ span: "week", day })}>
          {t("work.more", { n: more })}
        </button>
      )}
    </td>
  );
}

// The calendar: what plans will ask for and which orders are due, by month or by week.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { upcomingQuery, type Order } from "../../../api/work.ts";
import { useText } from "../../../i18n/use-text.ts";
import { Button, IconButton } from "../../../ui/button.tsx";
import { openAssets, useKept } from "./address.ts";
import { CalendarLink } from "./calendar-link.tsx";
import { dayOf, noon, plusDays, plusMonths, weeksOf } from "./days.ts";

const shownInDay = { month: 3, week: 40 };

interface Event {
  readonly key: string;
  readonly title: string;
  /** Order that it leads to, null for what a plan will ask for. */
  readonly order: Order | null;
}

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

/** What happens on which day: orders on the day that they are due, what plans ask for once for each plan. */
export function eventsByDay(
  planned: readonly { readonly plan: string; readonly title: string; readonly day: string }[],
  orders: readonly Order[],
): ReadonlyMap<string, readonly Event[]> {
  const found = new Map<string, Event[]>();
  const add = (day: string, event: Event): void => void found.set(day, [...(found.get(day) ?? []), event]);
  for (const { plan, title, day } of planned) add(day, { key: `${plan} ${day}`, title, order: null });
  for (const order of orders) if (order.due_at && order.state !== "cancelled") add(dayOf(new Date(order.due_at)), { key: order.id, title: order.title, order });
  return found;
}

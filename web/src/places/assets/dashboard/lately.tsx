// What changed lately: orders that were reported and inspections that were made, the last first.
import { useQuery } from "@tanstack/react-query";
import { inspectionsQuery, ordersQuery } from "../../../api/work.ts";
import { useText } from "../../../i18n/use-text.ts";
import { openOrder } from "../work/address.ts";
import { dayOf, plusDays } from "../work/days.ts";
import { Moment, StateMark } from "../work/marks.tsx";

const days = 14;
const asked = 500;
const shown = 12;

export function Lately() {
  const { t } = useText();
  const orders = useQuery({ ...ordersQuery({ since: plusDays(dayOf(new Date()), -days) }, asked), retry: false }).data?.orders ?? [];
  const inspections = useQuery({ ...inspectionsQuery({}, shown), retry: false }).data?.inspections ?? [];
  const events = [
    ...orders.map((one) => ({ key: one.id, at: one.closed_at ?? one.done_at ?? one.started_at ?? one.reported_at, order: one.number, title: one.title, state: one.state, tag: one.asset_tag })),
    ...inspections.map((one) => ({ key: one.id, at: one.at, order: "", title: `${t("work.inspection")}: ${one.title}`, state: null, tag: `${one.asset_tag} · ${t(`work.outcome.${one.outcome}`)}` })),
  ].sort((one, other) => other.at.localeCompare(one.at));
  if (events.length === 0) return <p className="hint">{t("figures.lately.none")}</p>;
  return (
    <ul className="lines">
      {events.slice(0, shown).map(({ key, at, order, title, state, tag }) => (
        <li key={key}>
          {order ? (
            <button type="button" className="link" onClick={() => openOrder(order)}>
              {title}
            </button>
          ) : (
            title
          )}
          <small>
            {tag} · <Moment at={at} /> {state && <StateMark state={state} />}
          </small>
        </li>
      ))}
    </ul>
  );
}

// What of an order is seen at a glance: its priority, its state, and by when it is due.
import type { Order, OrderState, Priority } from "../../../api/work.ts";
import { useText } from "../../../i18n/use-text.ts";

export function PriorityMark({ priority }: { priority: Priority }) {
  const { t } = useText();
  return <span className={`priority ${priority}`}>{t(`work.priority.${priority}`)}</span>;
}

export function StateMark({ state }: { state: OrderState }) {
  const { t } = useText();
  return <span className={`order-state ${state}`}>{t(`work.state.${state}`)}</span>;
}

/** By when it is due, in words that say how far that is off. */
export function Due({ order: { due_at, overdue, done_at } }: { order: Pick<Order, "due_at" | "overdue" | "done_at"> }) {
  const { t, language } = useText();
  if (!due_at) return null;
  const moment = new Date(due_at);
  return (
    <time dateTime={due_at} className={overdue ? "late" : undefined} title={moment.toLocaleString(language)}>
      {done_at ? moment.toLocaleDateString(language, { dateStyle: "medium" }) : relative(language, moment.getTime() - Date.now())}
      {overdue && ` · ${t("work.overdue")}`}
    </time>
  );
}

const units = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

/** A span of time from now, such as "in 3 days". */
export function relative(language: string, ms: number): string {
  const [unit, length] = units.find(([, long]) => Math.abs(ms) >= long) ?? units[2];
  return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(Math.round(ms / length), unit);
}

/** A day and a time as the reader's clock says them. */
export function Moment({ at }: { at: string | null }) {
  const { language } = useText();
  if (!at) return null;
  return <time dateTime={at}>{new Date(at).toLocaleString(language, { dateStyle: "medium", timeStyle: "short" })}</time>;
}

/** A name that the program gives to who tells of a fault without a login. */
const anybody = "somebody with the label";

/** Who did something, as it is kept with what was done. */
export function Who({ name }: { name: string | null }) {
  const { t } = useText();
  return name === anybody ? t("work.somebody") : name;
}

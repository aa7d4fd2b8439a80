// What happens on which day. Pure.
import type { Order } from "../../../api/work.ts";
import { dayOf } from "./days.ts";

export interface Event {
  readonly key: string;
  readonly title: string;
  /** Order that it leads to, null for what a plan will ask for. */
  readonly order: Order | null;
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

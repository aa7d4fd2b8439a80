// What has to be told when an order is led to a state. Pure.
import type { Order, OrderState, Said } from "../../../api/work.ts";

interface Question {
  readonly name: keyof Said;
  readonly needed: boolean;
}

/** What is asked before an order is led to a state. */
export function questionsOf(order: Pick<Order, "state" | "assignee">, to: OrderState): readonly Question[] {
  if (to === "on-hold" || to === "cancelled") return [{ name: "reason", needed: true }];
  if (to === "assigned" && !order.assignee) return [{ name: "assignee", needed: true }];
  if (to === "done") return [{ name: "cause", needed: false }, { name: "remedy", needed: false }];
  if (order.state === "done" && to === "in-progress") return [{ name: "reason", needed: false }];
  return [];
}

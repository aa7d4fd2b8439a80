// The board: a column for each state; cards are dragged, or moved with the choice that each carries.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState, type DragEvent } from "react";
import { leadOrder, orderStates, ordersQuery, type Narrowing, type Order, type OrderState } from "../../../api/work.ts";
import { useText } from "../../../i18n/use-text.ts";
import { Button } from "../../../ui/button.tsx";
import { Trouble } from "../../submissions/trouble.tsx";
import { useWorkAction, type WorkAction } from "./action.ts";
import { useKept } from "./address.ts";
import { Card } from "./card.tsx";
import { Filters, narrowingOf } from "./filters.tsx";
import { questionsOf } from "./questions.ts";

const shownFirst = 40;
const endedDays = 30;

/** A card that is on its way to another state. */
interface Moving {
  readonly order: Order;
  readonly to: OrderState | null;
}

export function Board() {
  const { t } = useText();
  const { kept, set } = useKept();
  const [moving, setMoving] = useState<Moving | null>(null);
  const action = useWorkAction();
  const ended = kept["ended"] === "1";
  const columns = orderStates.filter((state) => ended || (state !== "closed" && state !== "cancelled"));
  const lead = (order: Order, to: OrderState): void => {
    if (!order.ways.includes(to)) return setMoving(null);
    if (questionsOf(order, to).length) return setMoving({ order, to });
    setMoving(null);
    void action.run(() => leadOrder(order, to, {}));
  };
  return (
    <>
      <Filters />
      <Trouble problem={action.problem} />
      <div className="board" role="group" aria-label={t("work.view.board")}>
        {columns.map((state) => (
          <Column key={state} state={state} narrowing={narrowingOf(kept)} moving={moving} setMoving={setMoving} onLead={lead} action={action} />
        ))}
      </div>
      <Button onClick={() => set({ ended: ended ? "" : "1" })} aria-pressed={ended}>
        {t("work.ended")}
      </Button>
    </>
  );
}

interface ColumnProps {
  readonly state: OrderState;
  readonly narrowing: Narrowing;
  readonly moving: Moving | null;
  readonly setMoving: (moving: Moving | null) => void;
  readonly onLead: (order: Order, to: OrderState) => void;
  readonly action: WorkAction;
}

function Column({ state, narrowing, moving, setMoving, onLead, action }: ColumnProps) {
  const { t, number } = useText();
  const [most, setMost] = useState(shownFirst);
  const since = state === "closed" || state === "cancelled" ? { since: daysAgo(endedDays) } : {};
  const { data } = useQuery({ ...ordersQuery({ ...narrowing, ...since, state }, most), placeholderData: keepPreviousData });
  const takes = moving !== null && moving.to === null && moving.order.ways.includes(state);
  const over = (event: DragEvent): void => {
    if (!takes) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "move";
  };
  return (
    <section
      className={`column ${state}${takes ? " takes" : ""}`}
      aria-label={t(`work.state.${state}`)}
      onDragOver={over}
      onDrop={(event) => {
        event.preventDefault();
        if (moving) onLead(moving.order, state);
      }}
    >
      <h2>
        {t(`work.state.${state}`)} <small>{data ? number(data.numberMatched) : "…"}</small>
      </h2>
      <ul>
        {data?.orders.map((order) => (
          <li key={order.id}>
            <Card
              order={order}
              to={moving?.order.id === order.id ? moving.to : null}
              busy={action.busy}
              onDrag={(begun) => setMoving(begun ? { order, to: null } : null)}
              onMove={(to) => onLead(order, to)}
              onEnd={() => setMoving(null)}
            />
          </li>
        ))}
      </ul>
      {data && data.numberMatched > data.orders.length && (
        <Button onClick={() => setMost(most + shownFirst)}>{t("work.more", { n: data.numberMatched - data.orders.length })}</Button>
      )}
    </section>
  );
}

function daysAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
}

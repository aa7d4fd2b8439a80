// An order on the board.
import type { Order, OrderState } from "../../../api/work.ts";
import { useText } from "../../../i18n/use-text.ts";
import { useKept } from "./address.ts";
import { Leading } from "./leading.tsx";
import { Due, PriorityMark } from "./marks.tsx";

interface Props {
  readonly order: Order;
  /** State for which something has to be told first. */
  readonly to: OrderState | null;
  readonly busy: boolean;
  readonly onDrag: (begun: boolean) => void;
  readonly onMove: (to: OrderState) => void;
  readonly onEnd: () => void;
}

export function Card({ order, to, busy, onDrag, onMove, onEnd }: Props) {
  const { t } = useText();
  const { set } = useKept();
  const place = [order.storey_name, order.space_name].filter(Boolean).join(" · ");
  return (
    <article
      className={`order-card ${order.priority}${order.overdue ? " overdue" : ""}`}
      draggable={order.ways.length > 0 && !to}
      onDragStart={(event) => {
        event.dataTransfer.setData("text/plain", order.number);
        event.dataTransfer.effectAllowed = "move";
        onDrag(true);
      }}
      onDragEnd={() => !to && onDrag(false)}
    >
      <button type="button" className="link card-title" onClick={() => set({ order: order.number })}>
        {order.title}
      </button>
      <p className="card-asset">
        {order.asset_tag}
        {place && <small>{place}</small>}
      </p>
      <p className="card-foot">
        <PriorityMark priority={order.priority} />
        <Due order={order} />
      </p>
      <p className="card-foot">
        <small>{order.number}</small>
        <small>{order.assignee ?? t("work.nobody")}</small>
      </p>
      {order.ways.length > 0 && !to && (
        <select
          className="select move"
          aria-label={t("work.move", { number: order.number })}
          value=""
          disabled={busy}
          onChange={(event) => onMove(event.target.value as OrderState)}
        >
          <option value="">{t("work.move.short")}</option>
          {order.ways.map((way) => (
            <option key={way} value={way}>
              {t(`work.state.${way}`)}
            </option>
          ))}
        </select>
      )}
      {to && <Leading order={order} to={to} onEnd={onEnd} />}
    </article>
  );
}

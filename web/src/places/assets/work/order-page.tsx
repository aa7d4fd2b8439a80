// An order: where it stands, what is to be done, what was done, and who did it.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { leadOrder, orderQuery, type Order, type OrderState } from "../../../api/work.ts";
import { useText } from "../../../i18n/use-text.ts";
import { Button } from "../../../ui/button.tsx";
import { Failure } from "../../failure.tsx";
import { Trouble } from "../../submissions/trouble.tsx";
import { useWorkAction } from "./action.ts";
import { openAssets, useKept } from "./address.ts";
import { CalendarLink } from "./calendar-link.tsx";
import { Leading } from "./leading.tsx";
import { Due, Moment, PriorityMark, StateMark, Who } from "./marks.tsx";
import { OrderChecklist } from "./order-checklist.tsx";
import { Comments, History, Labour, Parts } from "./order-notes.tsx";
import { OrderFields } from "./order-fields.tsx";
import { Photos } from "./photos.tsx";
import { questionsOf } from "./questions.ts";

export function OrderPage({ id }: { id: string }) {
  const { t } = useText();
  const { set } = useKept();
  const { data: order, error, refetch } = useQuery(orderQuery(id));
  return (
    <article className="order" aria-labelledby="order-title">
      <Button icon="back" onClick={() => set({ order: "" })}>
        {t("work.all")}
      </Button>
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {order && <Opened order={order} />}
    </article>
  );
}

function Opened({ order }: { order: Order }) {
  const ended = order.state === "closed" || order.state === "cancelled";
  return (
    <>
      <Head order={order} />
      <Steps order={order} />
      <div className="order-parts">
        <div>
          <Particulars order={order} />
          {order.checklist && <OrderChecklist key={order.id} order={order} ended={ended} />}
          <Photos order={order} ended={ended} />
        </div>
        <div>
          <Comments order={order} />
          <Labour order={order} ended={ended} />
          <Parts order={order} ended={ended} />
          <History order={order} />
        </div>
      </div>
    </>
  );
}

function Head({ order }: { order: Order }) {
  return (
    <header>
      <h2 id="order-title">{order.title}</h2>
      <p className="order-line">
        <span className="order-number">{order.number}</span>
        <StateMark state={order.state} />
        <PriorityMark priority={order.priority} />
        <Due order={order} />
      </p>
    </header>
  );
}

/** Where it can be led from here. */
function Steps({ order }: { order: Order }) {
  const { t } = useText();
  const [to, setTo] = useState<OrderState | null>(null);
  const { busy, problem, run } = useWorkAction();
  const step = (way: OrderState): void => {
    if (questionsOf(order, way).length) setTo(way);
    else void run(() => leadOrder(order, way, {}));
  };
  if (order.ways.length === 0) return null;
  return (
    <div className="order-steps">
      <div className="record-actions" role="group" aria-label={t("work.steps")}>
        {order.ways.map((way, at) => (
          <Button key={way} className={at === 0 && way !== "cancelled" ? "primary" : ""} disabled={busy} onClick={() => step(way)}>
            {t(`work.lead.${way}`)}
          </Button>
        ))}
      </div>
      {to && order.ways.includes(to) && <Leading key={to} order={order} to={to} onEnd={() => setTo(null)} />}
      <Trouble problem={problem} />
    </div>
  );
}

function Particulars({ order }: { order: Order }) {
  const { t } = useText();
  const { set } = useKept();
  const [editing, setEditing] = useState(false);
  const place = [order.storey_name, order.space_name].filter(Boolean).join(" · ");
  const rows: readonly [string, React.ReactNode][] = [
    [t("work.origin"), t(`work.origin.${order.origin}`)],
    [t("work.assignee"), order.assignee ?? t("work.nobody")],
    [t("work.reported"), <Moment key="at" at={order.reported_at} />],
    [t("work.reportedBy"), order.reported_by && <Who key="who" name={order.reported_by} />],
    [t("work.due"), order.due_at && <Moment key="due" at={order.due_at} />],
    [t("work.started"), order.started_at && <Moment key="started" at={order.started_at} />],
    [t("work.state.done"), order.done_at && <Moment key="done" at={order.done_at} />],
    [t("work.waits"), order.hold_reason],
    [t("work.cause"), order.cause],
    [t("work.remedy"), order.remedy],
    [t("work.reopened"), order.reopened ? String(order.reopened) : null],
    [t("work.description"), order.description],
  ];
  return (
    <section>
      <h3>{t("work.particulars")}</h3>
      {order.asset && (
        <p className="order-asset">
          <button type="button" className="link" onClick={() => openAssets({ tab: "register", asset: order.asset ?? "" })}>
            {order.asset_tag} · {order.asset_name}
          </button>
          {place && <small>{place}</small>}
          <span className="record-actions">
            <Button icon="walk" onClick={() => openAssets({ tab: "routes", to: order.asset_tag ?? "" })}>
              {t("work.way")}
            </Button>
            <Button onClick={() => openAssets({ tab: "trace", of: [order.asset_tag ?? ""] })}>{t("work.trace")}</Button>
            <Button icon="check" onClick={() => set({ order: "", inspect: order.asset_tag ?? "", for: order.number })}>
              {t("work.inspect")}
            </Button>
          </span>
        </p>
      )}
      <dl className="facts">
        {rows
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      {editing ? (
        <OrderFields order={order} onEnd={() => setEditing(false)} />
      ) : (
        <div className="record-actions">
          <Button onClick={() => setEditing(true)}>{t("work.edit")}</Button>
          <CalendarLink title={order.asset_tag ?? order.number} of={order.asset ? { asset: order.asset } : {}} />
        </div>
      )}
    </section>
  );
}

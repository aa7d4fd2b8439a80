// Work orders of an asset, the open ones first.
import { useQuery } from "@tanstack/react-query";
import { ordersQuery } from "../../api/work.ts";
import { useText } from "../../i18n/use-text.ts";
import { When } from "../submissions/when.tsx";
import { goAssets } from "./going.ts";

const mostOrders = 20;

export function AssetWork({ tag, id }: { tag: string; id: string }) {
  const { t } = useText();
  const { data } = useQuery({ ...ordersQuery({ asset: tag }, mostOrders), retry: false });
  if (!data) return null;
  return (
    <section data-orders-of={id}>
      <h2>{t("assets.section.work")}</h2>
      {data.orders.length === 0 && <p className="hint">{t("assets.work.none")}</p>}
      <ul className="link-list">
        {data.orders.map((order) => (
          <li key={order.id}>
            <button type="button" className="link" onClick={() => goAssets({ tab: "work", asset: "", work: [`order:${order.number}`] })}>
              {order.number}
            </button>{" "}
            {order.title} <small>{t(`work.state.${order.state}`)}</small> {order.due_at && <When at={order.due_at} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

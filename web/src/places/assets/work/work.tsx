// Work on assets: a board and a calendar of orders, inspections, and the order that is open.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { ordersQuery } from "../../../api/work.ts";
import { useText } from "../../../i18n/use-text.ts";
import { Button } from "../../../ui/button.tsx";
import { Failure } from "../../failure.tsx";
import { Entrance, isDenied } from "../../entrance.tsx";
import { useKept } from "./address.ts";
import { Board } from "./board.tsx";
import { Calendar } from "./calendar.tsx";
import { InspectionForm } from "./inspection-form.tsx";
import { Inspections } from "./inspections.tsx";
import { NewOrder } from "./new-order.tsx";
import { OrderPage } from "./order-page.tsx";

const sights = ["board", "calendar", "inspections"] as const;

export function Work() {
  const queries = useQueryClient();
  const { kept } = useKept();
  const { error, isPending } = useQuery(ordersQuery({}, 1));
  const again = (): void => void queries.resetQueries({ queryKey: ["work"] });
  if (isPending) return <p className="hint">…</p>;
  if (error) return isDenied(error) ? <Entrance says="work.entrance" onEnter={again} /> : <Failure error={error} onRetry={again} />;
  if (kept["new"] !== undefined) return <NewOrder asset={kept["asset"] ?? ""} />;
  if (kept["order"]) return <OrderPage key={kept["order"]} id={kept["order"]} />;
  if (kept["inspect"]) {
    return <InspectionForm key={`${kept["inspect"]} ${kept["for"] ?? ""}`} asset={kept["inspect"]} list={kept["list"] ?? ""} order={kept["for"] ?? ""} />;
  }
  return <Sights />;
}

function Sights() {
  const { t } = useText();
  const { kept, set } = useKept();
  const sight = sights.find((one) => one === kept["view"]) ?? "board";
  return (
    <div className="work">
      <div className="title-row">
        <div className="choices" role="group" aria-label={t("work.views")}>
          {sights.map((one) => (
            <button key={one} type="button" className="choice" aria-pressed={one === sight} onClick={() => set({ view: one === "board" ? "" : one })}>
              {t(`work.view.${one}`)}
            </button>
          ))}
        </div>
        <Button icon="plus" className="primary" onClick={() => set({ new: "1" })}>
          {t("work.new")}
        </Button>
      </div>
      {sight === "board" && <Board />}
      {sight === "calendar" && <Calendar />}
      {sight === "inspections" && <Inspections />}
    </div>
  );
}

// The checklist of an order: each answer is kept as it is given.
import { attachTo, tickItem, type Answer, type ChecklistItem, type Order } from "../../../api/work.ts";
import { useText } from "../../../i18n/use-text.ts";
import { Trouble } from "../../submissions/trouble.tsx";
import { useWorkAction } from "./action.ts";
import { ItemField } from "./item-field.tsx";

export function OrderChecklist({ order, ended }: { order: Order; ended: boolean }) {
  const { t, say } = useText();
  const { busy, problem, run } = useWorkAction();
  const list = order.checklist;
  if (!list) return null;
  const answer = (item: ChecklistItem, value: Answer): void => void run(() => tickItem(order.id, item.key, value));
  const photograph = (item: ChecklistItem, file: File): void =>
    void run(async () => {
      const attached = (await attachTo(order.id, file)).attachments?.at(-1);
      if (attached) await tickItem(order.id, item.key, attached.sha256);
    });
  const answered = list.items.filter(({ value }) => value !== null && value !== undefined).length;
  return (
    <section>
      <h3>
        {say(list.title)} <small>{t("work.answered", { done: answered, all: list.items.length })}</small>
      </h3>
      <Trouble problem={problem} />
      <ol className="checklist">
        {list.items.map((item) => (
          <li key={item.key} className={item.value == null ? "" : item.good === false ? "bad" : "good"}>
            <ItemField
              item={item}
              value={item.value ?? null}
              disabled={ended || busy}
              onAnswer={(value) => value !== null && answer(item, value)}
              onPhoto={(file) => photograph(item, file)}
            />
          </li>
        ))}
      </ol>
    </section>
  );
}

// Fields of an order that are changed by hand.
import { useId, useState } from "react";
import { changeOrder, priorities, type Order } from "../../../api/work.ts";
import { useText } from "../../../i18n/use-text.ts";
import { Button } from "../../../ui/button.tsx";
import { Trouble } from "../../submissions/trouble.tsx";
import { useWorkAction } from "./action.ts";

export function OrderFields({ order, onEnd }: { order: Order; onEnd: () => void }) {
  const { t } = useText();
  const { busy, problem, run } = useWorkAction();
  const [title, setTitle] = useState(order.title);
  const [assignee, setAssignee] = useState(order.assignee ?? "");
  const [priority, setPriority] = useState<string>(order.priority);
  const [due, setDue] = useState(localOf(order.due_at));
  const [description, setDescription] = useState(order.description ?? "");
  const id = useId();
  const save = async (): Promise<void> => {
    const fields = { title, assignee, priority, description, ...(due === localOf(order.due_at) ? {} : { due_at: momentOf(due) }) };
    if (await run(() => changeOrder(order, fields))) onEnd();
  };
  return (
    <form
      className="order-fields"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <label className="field" htmlFor={`${id}t`}>
        {t("work.title")}
        <input id={`${id}t`} required autoFocus value={title} onChange={(event) => setTitle(event.target.value)} />
      </label>
      <label className="field">
        {t("work.assignee")}
        <input value={assignee} onChange={(event) => setAssignee(event.target.value)} />
      </label>
      <PriorityField value={priority} onChange={setPriority} />
      <label className="field">
        {t("work.due")}
        <input type="datetime-local" value={due} onChange={(event) => setDue(event.target.value)} />
      </label>
      <label className="field">
        {t("work.description")}
        <textarea rows={3} value={description} onChange={(event) => setDescription(event.target.value)} />
      </label>
      <Trouble problem={problem} />
      <div className="record-actions">
        <Button type="submit" className="primary" disabled={busy}>
          {t("work.save")}
        </Button>
        <Button onClick={onEnd}>{t("edit.cancel")}</Button>
      </div>
    </form>
  );
}

export function PriorityField({ value, onChange, any = "" }: { value: string; onChange: (value: string) => void; any?: string }) {
  const { t } = useText();
  return (
    <label className="field">
      {t("work.priority")}
      <select className="select" value={value} onChange={(event) => onChange(event.target.value)}>
        {any && <option value="">{any}</option>}
        {priorities.map((one) => (
          <option key={one} value={one}>
            {t(`work.priority.${one}`)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A moment as the field for dates and times writes it, in the reader's own clock. */
export function localOf(at: string | null): string {
  if (!at) return "";
  const moment = new Date(at);
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** The moment that such a field says, "" for none. */
export function momentOf(local: string): string {
  return local ? new Date(local).toISOString() : "";
}

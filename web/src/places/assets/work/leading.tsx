// What is told when an order is led to another state: why it waits, what was wrong, who is to do it.
import { useState } from "react";
import { leadOrder, type Order, type OrderState, type Said } from "../../../api/work.ts";
import { useText } from "../../../i18n/use-text.ts";
import { Button } from "../../../ui/button.tsx";
import { Trouble } from "../../submissions/trouble.tsx";
import { useWorkAction } from "./action.ts";
import { questionsOf } from "./questions.ts";

interface Props {
  readonly order: Order;
  readonly to: OrderState;
  readonly onEnd: () => void;
}

/** A form for what is asked; it has the focus, and Escape leaves it. */
export function Leading({ order, to, onEnd }: Props) {
  const { t } = useText();
  const { busy, problem, run } = useWorkAction();
  const [said, setSaid] = useState<Said>({});
  const questions = questionsOf(order, to);
  const send = async (): Promise<void> => {
    if (await run(() => leadOrder(order, to, said))) onEnd();
  };
  return (
    <form
      className="leading"
      aria-label={t("work.to", { state: t(`work.state.${to}`) })}
      onKeyDown={(event) => event.key === "Escape" && onEnd()}
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <b>{t("work.to", { state: t(`work.state.${to}`) })}</b>
      {questions.map(({ name, needed }, at) => (
        <label key={name} className="field">
          {t(`work.${name}`)}
          <textarea
            rows={2}
            autoFocus={at === 0}
            required={needed}
            value={said[name] ?? ""}
            onChange={(event) => setSaid({ ...said, [name]: event.target.value })}
          />
        </label>
      ))}
      <Trouble problem={problem} />
      <div className="record-actions">
        <Button type="submit" className="primary" disabled={busy || questions.some(({ name, needed }) => needed && !said[name]?.trim())}>
          {t("work.do")}
        </Button>
        <Button onClick={onEnd}>{t("edit.cancel")}</Button>
      </div>
    </form>
  );
}

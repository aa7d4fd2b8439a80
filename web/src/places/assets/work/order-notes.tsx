// What is added in the course of the work: comments, time, parts; and who did what.
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { commentOn, noteLabour, orderHistoryQuery, takePart, type Order } from "../../../api/work.ts";
import { isKey } from "../../../i18n/translate.ts";
import { useText } from "../../../i18n/use-text.ts";
import { Button } from "../../../ui/button.tsx";
import { Trouble } from "../../submissions/trouble.tsx";
import { useWorkAction } from "./action.ts";
import { Moment, Who } from "./marks.tsx";

export function Comments({ order }: { order: Order }) {
  const { t } = useText();
  const { busy, problem, run } = useWorkAction();
  const [text, setText] = useState("");
  const send = async (): Promise<void> => {
    if (await run(() => commentOn(order.id, text.trim()))) setText("");
  };
  return (
    <section>
      <h3>{t("work.comments")}</h3>
      <Lines lines={order.comments ?? []} says={({ text: said }) => said} />
      <Small busy={busy} ready={text.trim() !== ""} action={t("work.comment")} onSend={() => void send()}>
        <textarea rows={2} aria-label={t("work.comment")} value={text} onChange={(event) => setText(event.target.value)} />
      </Small>
      <Trouble problem={problem} />
    </section>
  );
}

export function Labour({ order, ended }: { order: Order; ended: boolean }) {
  const { t } = useText();
  const { busy, problem, run } = useWorkAction();
  const [minutes, setMinutes] = useState("");
  const [note, setNote] = useState("");
  const send = async (): Promise<void> => {
    if (!(await run(() => noteLabour(order.id, Number(minutes), note.trim())))) return;
    setMinutes("");
    setNote("");
  };
  return (
    <section>
      <h3>
        {t("work.labour")} <small>{t("work.minutes", { n: order.labour_minutes ?? 0 })}</small>
      </h3>
      <Lines lines={order.labour ?? []} says={(one) => [t("work.minutes", { n: one.minutes }), one.note].filter(Boolean).join(" · ")} />
      {!ended && (
        <Small busy={busy} ready={/^\d+$/.test(minutes)} action={t("work.note")} onSend={() => void send()}>
          <input className="short" type="number" min={1} step={1} aria-label={t("work.minutes.label")} placeholder={t("work.minutes.label")} value={minutes} onChange={(event) => setMinutes(event.target.value)} />
          <input aria-label={t("work.what")} placeholder={t("work.what")} value={note} onChange={(event) => setNote(event.target.value)} />
        </Small>
      )}
      <Trouble problem={problem} />
    </section>
  );
}

export function Parts({ order, ended }: { order: Order; ended: boolean }) {
  const { t } = useText();
  const { busy, problem, run } = useWorkAction();
  const [part, setPart] = useState("");
  const [count, setCount] = useState("1");
  const send = async (): Promise<void> => {
    if (await run(() => takePart(order.id, part.trim(), Number(count)))) setPart("");
  };
  return (
    <section>
      <h3>{t("work.parts")}</h3>
      <Lines lines={order.parts ?? []} says={(one) => `${one.count} × ${one.part}`} />
      {!ended && (
        <Small busy={busy} ready={part.trim() !== "" && /^\d+$/.test(count)} action={t("work.note")} onSend={() => void send()}>
          <input className="short" type="number" min={1} step={1} aria-label={t("work.count")} value={count} onChange={(event) => setCount(event.target.value)} />
          <input aria-label={t("work.part")} placeholder={t("work.part")} value={part} onChange={(event) => setPart(event.target.value)} />
        </Small>
      )}
      <Trouble problem={problem} />
    </section>
  );
}

export function History({ order }: { order: Order }) {
  const { t } = useText();
  const { data } = useQuery(orderHistoryQuery(order.id, order.revision));
  return (
    <section>
      <h3>{t("work.history")}</h3>
      <ol className="lines" reversed>
        {[...(data ?? [])].reverse().map((one) => (
          <li key={one.number}>
            {isKey(`work.did.${one.what}`) ? t(`work.did.${one.what}` as "work.did.order-changed") : one.what}
            {one.why && ` – ${one.why}`}
            <small>
              <Who name={one.who} /> · <Moment at={one.at} />
            </small>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Lines<T extends { readonly by: string; readonly at: string }>({ lines, says }: { lines: readonly T[]; says: (line: T) => string }) {
  return (
    <ul className="lines">
      {lines.map((line) => (
        <li key={`${line.at} ${line.by}`}>
          {says(line)}
          <small>
            {line.by} · <Moment at={line.at} />
          </small>
        </li>
      ))}
    </ul>
  );
}

function Small({ busy, ready, action, onSend, children }: { busy: boolean; ready: boolean; action: string; onSend: () => void; children: ReactNode }) {
  return (
    <form
      className="small-form"
      onSubmit={(event) => {
        event.preventDefault();
        onSend();
      }}
    >
      {children}
      <Button type="submit" disabled={busy || !ready}>
        {action}
      </Button>
    </form>
  );
}

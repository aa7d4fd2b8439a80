// An inspection that somebody carries out, at the asset, with a phone in the hand: kept in the browser until it has been sent.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { assetQuery } from "../../../api/assets.ts";
import { Problem } from "../../../api/problem.ts";
import { nameOf } from "../../../api/text.ts";
import { checklistsQuery, type Answer, type Checklist, type Inspection } from "../../../api/work.ts";
import { useText } from "../../../i18n/use-text.ts";
import { Button } from "../../../ui/button.tsx";
import { Trouble } from "../../submissions/trouble.tsx";
import { openOrder, useKept } from "./address.ts";
import { keepDraft, readDraft, type Draft } from "./draft.ts";
import { ItemField } from "./item-field.tsx";
import { useObjectUrl } from "./photos.tsx";
import { isOffline, sendDraft } from "./sending.ts";

export function InspectionForm({ asset, list, order }: { asset: string; list: string; order: string }) {
  const { t, say, language } = useText();
  const { set } = useKept();
  const { data: lists } = useQuery(checklistsQuery);
  const { data: opened } = useQuery(assetQuery(asset));
  const chosen = lists?.find(({ id }) => id === list) ?? usual(lists, String(opened?.asset["asset_class"] ?? ""));
  const leave = (): void => set({ inspect: "", list: "", for: "", view: order ? "" : "inspections", order });
  return (
    <article className="order inspection" aria-labelledby="inspection-title">
      <Button icon="back" onClick={leave}>
        {t("work.back")}
      </Button>
      <h2 id="inspection-title">{t("work.inspection")}</h2>
      <p>
        <b>{opened ? nameOf(opened.asset, language) || asset : asset}</b> <small>{opened?.asset.tag}</small>
      </p>
      <label className="field">
        {t("work.checklist")}
        <select className="select" value={chosen?.id ?? ""} onChange={(event) => set({ list: event.target.value })}>
          {lists?.map((one) => (
            <option key={one.id} value={one.id}>
              {say(one.title)}
            </option>
          ))}
        </select>
      </label>
      {chosen && opened && <Form key={chosen.id} asset={opened.asset.tag} list={chosen} order={order} onLeave={leave} />}
    </article>
  );
}

function usual(lists: readonly Checklist[] | undefined, assetClass: string): Checklist | undefined {
  return lists?.find((one) => assetClass !== "" && one.asset_class === assetClass) ?? lists?.[0];
}

function Form({ asset, list, order, onLeave }: { asset: string; list: Checklist; order: string; onLeave: () => void }) {
  const { t } = useText();
  const queries = useQueryClient();
  const { draft, change } = useDraft(asset, list.id, order);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const [sent, setSent] = useState<Inspection | null>(null);
  const waits = draft?.waits === true;
  const again = useRef<() => void>(() => undefined);
  useEffect(() => {
    if (!waits) return;
    const go = (): void => again.current();
    addEventListener("online", go);
    return () => removeEventListener("online", go);
  }, [waits]);
  if (!draft) return <p className="hint">…</p>;
  if (sent) return <Sent inspection={sent} onLeave={onLeave} />;
  const left = list.items.filter(({ key, required }) => required && draft.answers[key] === undefined && !draft.photos[key]);
  const send = async (): Promise<void> => {
    setBusy(true);
    setProblem(null);
    try {
      setSent(await sendDraft(draft));
      void queries.invalidateQueries({ queryKey: ["work"] });
    } catch (thrown) {
      if (isOffline(thrown)) change({ waits: true });
      else setProblem(Problem.of(thrown));
    } finally {
      setBusy(false);
    }
  };
  again.current = () => void send();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <ol className="checklist">
        {list.items.map((item) => (
          <li key={item.key}>
            <ItemField
              item={item}
              value={draft.answers[item.key] ?? (draft.photos[item.key] ? "photo" : null)}
              onAnswer={(value) => change({ answers: answered(draft.answers, item.key, value) })}
              onPhoto={(photo) => change({ photos: { ...draft.photos, [item.key]: photo } })}
            />
            {draft.photos[item.key] && <Taken photo={draft.photos[item.key]!} />}
          </li>
        ))}
      </ol>
      <label className="field">
        {t("work.remarks")}
        <textarea rows={3} value={draft.remarks} onChange={(event) => change({ remarks: event.target.value })} />
      </label>
      <p className="hint" role="status">
        {draft.waits ? t("work.waiting") : left.length ? t("work.left", { n: left.length }) : t("work.kept")}
      </p>
      <Trouble problem={problem} />
      <Button type="submit" className="primary big wide" disabled={busy || left.length > 0}>
        {t("work.send")}
      </Button>
    </form>
  );
}

function answered(answers: Draft["answers"], key: string, value: Answer | null): Draft["answers"] {
  const { [key]: _, ...rest } = answers;
  return value === null ? rest : { ...rest, [key]: value };
}

function Taken({ photo }: { photo: Blob }) {
  const { t } = useText();
  const url = useObjectUrl(photo);
  return url ? <img className="thumb" src={url} alt={t("work.photo.taken")} /> : null;
}

function Sent({ inspection, onLeave }: { inspection: Inspection; onLeave: () => void }) {
  const { t } = useText();
  return (
    <div className={`sent-inspection ${inspection.outcome}`} role="status">
      <h3>{t(`work.outcome.${inspection.outcome}`)}</h3>
      {inspection.orders.length > 0 && <p>{t("work.opened", { n: inspection.orders.length })}</p>}
      <div className="record-actions">
        {inspection.orders.map((id, at) => (
          <Button key={id} onClick={() => openOrder(id)}>
            {t("work.order")} {at + 1}
          </Button>
        ))}
        <Button className="primary" onClick={onLeave}>
          {t("work.back")}
        </Button>
      </div>
    </div>
  );
}

/** The draft of an asset and list; each change is kept at once. */
function useDraft(asset: string, checklist: string, order: string): { draft: Draft | null; change: (part: Partial<Draft>) => void } {
  const [draft, setDraft] = useState<Draft | null>(null);
  useEffect(() => {
    let gone = false;
    const empty: Draft = { asset, checklist, order, answers: {}, photos: {}, remarks: "", waits: false };
    void readDraft(asset, checklist)
      .catch(() => undefined)
      .then((found) => !gone && setDraft({ ...empty, ...found, order }));
    return () => {
      gone = true;
    };
  }, [asset, checklist, order]);
  const change = (part: Partial<Draft>): void => {
    if (!draft) return;
    const next = { ...draft, waits: false, ...part };
    setDraft(next);
    void keepDraft(next).catch(() => undefined);
  };
  return { draft, change };
}

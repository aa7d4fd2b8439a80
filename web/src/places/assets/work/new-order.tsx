// An order that somebody raises by hand.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { checklistsQuery, raiseOrder, type NewOrder as Given } from "../../../api/work.ts";
import { useText } from "../../../i18n/use-text.ts";
import { Button } from "../../../ui/button.tsx";
import { Trouble } from "../../submissions/trouble.tsx";
import { useWorkAction } from "./action.ts";
import { useKept } from "./address.ts";
import { AssetField } from "./asset-field.tsx";
import { momentOf, PriorityField } from "./order-fields.tsx";

export function NewOrder({ asset: first }: { asset: string }) {
  const { t, say } = useText();
  const { set } = useKept();
  const { busy, problem, run } = useWorkAction();
  const { data: lists } = useQuery(checklistsQuery);
  const [asset, setAsset] = useState(first);
  const [title, setTitle] = useState("");
  const [description, setDescription] = useState("");
  const [priority, setPriority] = useState("");
  const [assignee, setAssignee] = useState("");
  const [due, setDue] = useState("");
  const [checklist, setChecklist] = useState("");
  const raise = (): void =>
    void run(async () => {
      const said = { asset, description, priority, assignee: assignee.trim(), due_at: momentOf(due), checklist };
      const given = Object.fromEntries(Object.entries(said).filter(([, value]) => value)) as Omit<Given, "title">;
      const { number } = await raiseOrder({ title: title.trim(), ...given });
      set({ new: "", asset: "", order: number });
    });
  return (
    <form
      className="order order-fields"
      aria-labelledby="new-order"
      onSubmit={(event) => {
        event.preventDefault();
        raise();
      }}
    >
      <h2 id="new-order">{t("work.new")}</h2>
      <label className="field">
        {t("work.title")}
        <input required autoFocus value={title} onChange={(event) => setTitle(event.target.value)} />
      </label>
      <AssetField value={asset} onChange={setAsset} />
      <PriorityField value={priority} onChange={setPriority} any={t("work.priority.asset")} />
      <label className="field">
        {t("work.assignee")}
        <input value={assignee} onChange={(event) => setAssignee(event.target.value)} />
      </label>
      <label className="field">
        {t("work.due")}
        <input type="datetime-local" value={due} onChange={(event) => setDue(event.target.value)} />
      </label>
      <label className="field">
        {t("work.checklist")}
        <select className="select" value={checklist} onChange={(event) => setChecklist(event.target.value)}>
          <option value="">{t("work.checklist.none")}</option>
          {lists?.map((one) => (
            <option key={one.id} value={one.id}>
              {say(one.title)}
            </option>
          ))}
        </select>
      </label>
      <label className="field">
        {t("work.description")}
        <textarea rows={3} value={description} onChange={(event) => setDescription(event.target.value)} />
      </label>
      <Trouble problem={problem} />
      <div className="record-actions">
        <Button type="submit" className="primary" disabled={busy || !title.trim()}>
          {t("work.raise")}
        </Button>
        <Button onClick={() => set({ new: "", asset: "" })}>{t("edit.cancel")}</Button>
      </div>
    </form>
  );
}

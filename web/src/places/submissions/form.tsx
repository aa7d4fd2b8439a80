// Putting a submission together: what it is for, its models and documents, and handing it in.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import {
  attach,
  changeParticulars,
  createSubmission,
  detach,
  lead,
  rulesQuery,
  stages,
  type Opened,
  type Particulars,
  type Stage,
  type Submission,
} from "../../api/submissions.ts";
import type { Key } from "../../i18n/translate.ts";
import { useText } from "../../i18n/use-text.ts";
import { go } from "../../state.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { useAction } from "./action.ts";
import { Drop, FileRows } from "./drop.tsx";
import { useFiles, type Outgoing } from "./files.ts";
import { Trouble } from "./trouble.tsx";

const fields = ["title", "organisation", "project", "lot"] as const;

/** A new submission, or a draft that is there already. */
export function SubmissionForm({ draft = null }: { draft?: Opened | null }) {
  const { t } = useText();
  const [said, setSaid] = useState<Particulars>(() => particularsOf(draft?.submission));
  const sending = useFiles();
  const action = useAction();
  const waiting = sending.files.some(({ upload }) => !upload);
  const hasModel = (draft?.submission.models.length ?? 0) > 0 || sending.files.some(({ kind }) => kind === "models");
  const keep = async (handIn: boolean): Promise<void> => {
    let kept: Opened | null = null;
    const done = await action.run(async () => {
      kept = await save(draft, said);
      kept = await attachAll(kept, sending.files);
      sending.clear();
      if (handIn) await lead(kept.submission.id, "submitted", "", kept.etag);
    });
    const made = kept as Opened | null;
    if (done || (made && !draft)) go({ submission: made!.submission.id, chapter: "findings", finding: "" });
  };
  return (
    <form
      className="submission-form"
      onSubmit={(event) => {
        event.preventDefault();
        void keep(true);
      }}
    >
      <div className="upload-form">
        {fields.map((field) => (
          <label key={field} className="field">
            {t(`submission.${field}`)}
            <input type="text" required={field === "title"} value={said[field]} onChange={(event) => setSaid({ ...said, [field]: event.target.value })} />
          </label>
        ))}
        <label className="field">
          {t("submission.stage")}
          <select value={said.stage} onChange={(event) => setSaid({ ...said, stage: event.target.value as Stage })}>
            {stages.map((stage) => (
              <option key={stage} value={stage}>
                {t(`stage.${stage}` satisfies Key)}
              </option>
            ))}
          </select>
        </label>
      </div>
      <label className="field">
        {t("submission.purpose")}
        <textarea rows={2} value={said.purpose} onChange={(event) => setSaid({ ...said, purpose: event.target.value })} />
      </label>
      <Packs chosen={said.packs} onChange={(packs) => setSaid({ ...said, packs })} />
      {draft && <KeptFiles opened={draft} />}
      <Drop onFiles={sending.add} />
      <FileRows sending={sending} />
      <Trouble problem={action.problem} />
      <div className="record-actions">
        <Button type="submit" className="primary" disabled={action.busy || waiting || !hasModel || !said.title.trim()}>
          {t("submission.submit")}
        </Button>
        <Button disabled={action.busy || waiting || !said.title.trim()} onClick={() => void keep(false)}>
          {t("submission.keep")}
        </Button>
        <small>{waiting ? t("submission.wait") : hasModel ? t("submission.ready") : t("submission.needsModel")}</small>
      </div>
    </form>
  );
}

/** The sets of rules that it is judged by, besides the standard itself. */
function Packs({ chosen, onChange }: { chosen: readonly string[]; onChange: (packs: readonly string[]) => void }) {
  const { t, say } = useText();
  const { data: book } = useQuery(rulesQuery);
  if (!book?.packs.length) return null;
  return (
    <fieldset className="packs">
      <legend>{t("submission.packs")}</legend>
      {book.packs.map(({ id, version, title, rules }) => (
        <label key={id}>
          <input
            type="checkbox"
            checked={chosen.includes(id)}
            onChange={() => onChange(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id])}
          />
          <span>{say(title) || id}</span> <small>{`${version} · ${t("submission.rules", { n: rules })}`}</small>
        </label>
      ))}
    </fieldset>
  );
}

/** The models and documents that a draft has. */
function KeptFiles({ opened: { submission, etag } }: { opened: Opened }) {
  const { t, number } = useText();
  const action = useAction();
  const kinds = ["models", "documents"] as const;
  if (kinds.every((kind) => submission[kind].length === 0)) return null;
  return (
    <ul className="sent">
      {kinds.flatMap((kind) =>
        submission[kind].map((one) => (
          <li key={`${kind} ${one.name}`}>
            <strong>{one.name}</strong> <small>{t(`submission.kind.${kind}`)}</small> {one.file}{" "}
            <small>{number(one.size / 2 ** 20, 1)} MB</small>
            <IconButton
              icon="close"
              className="small"
              label={t("submission.remove", { name: one.name })}
              disabled={action.busy}
              onClick={() => void action.run(() => detach(submission.id, kind, one.name, etag))}
            />
          </li>
        )),
      )}
      <Trouble problem={action.problem} />
    </ul>
  );
}

function particularsOf(submission: Submission | undefined): Particulars {
  const { title = "", organisation = "", project = "", lot = "", purpose = "", stage = "design", packs = [] } = submission ?? {};
  return { title, organisation, project, lot, purpose, stage, packs };
}

function save(draft: Opened | null, said: Particulars): Promise<Opened> {
  return draft ? changeParticulars(draft.submission.id, said, draft.etag) : createSubmission(said);
}

async function attachAll(opened: Opened, files: readonly Outgoing[]): Promise<Opened> {
  let now = opened;
  for (const { kind, name, label, upload } of files) {
    now = await attach(now.submission.id, kind, { name, upload, ...(kind === "models" ? { discipline: label } : { title: label }) }, now.etag);
  }
  return now;
}

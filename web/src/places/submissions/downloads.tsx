// The report and its BCF as files.
import { useState } from "react";
import { askAsEditor } from "../../api/editor.ts";
import { reportFiles, type ReportFile, type Submission } from "../../api/submissions.ts";
import { useText } from "../../i18n/use-text.ts";
import { Button } from "../../ui/button.tsx";
import { useAction } from "./action.ts";
import { Trouble } from "./trouble.tsx";

export function Downloads({ submission }: { submission: Submission }) {
  const { t, language } = useText();
  const action = useAction();
  const audited = submission.models.filter(({ name }) => name in submission.reports);
  const [model, setModel] = useState(audited[0]?.name ?? "");
  if (audited.length === 0) return null;
  return (
    <div className="downloads" role="group" aria-label={t("portal.downloads")}>
      <span>{t("portal.downloads")}</span>
      {audited.length > 1 && (
        <select className="select" aria-label={t("field.model")} value={model} onChange={(event) => setModel(event.target.value)}>
          {audited.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      )}
      {reportFiles.map((file) => (
        <Button key={file.label} disabled={action.busy} onClick={() => void action.run(() => save(file, submission, model, language))}>
          {file.label}
        </Button>
      ))}
      <Trouble problem={action.problem} />
    </div>
  );
}

/** Reads the file with the token of whoever asks, which a plain link could not carry, and hands it over. */
async function save(file: ReportFile, submission: Submission, model: string, language: string): Promise<void> {
  const answer = await askAsEditor(file.path(submission.id, model, language), { headers: { accept: file.type } });
  const url = URL.createObjectURL(await answer.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = `${submission.title || submission.id} ${model}.v${submission.version}.${file.ending}`.replace(/[\\/:*?"<>|]+/g, "-");
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

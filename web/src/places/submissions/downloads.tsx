// The report and its BCF as files.
import { useState } from "react";
import { askAsEditor } from "../../api/editor.ts";
import { auditPath, fileOf, reportFiles, signedReportPath, type ReportFile, type Submission } from "../../api/submissions.ts";
import { useText } from "../../i18n/use-text.ts";
import { Button } from "../../ui/button.tsx";
import { useAction } from "./action.ts";
import { Trouble } from "./trouble.tsx";

const keepMs = 10_000;

export function Downloads({ submission }: { submission: Submission }) {
  const { t, language } = useText();
  const action = useAction();
  const audited = submission.models.filter(({ name }) => name in submission.reports);
  const [model, setModel] = useState(audited[0]?.name ?? "");
  if (audited.length === 0) return null;
  const stem = `${submission.title || submission.id} ${model}.v${submission.version}`;
  const fetchFile = ({ name, version, ending }: ReportFile): void =>
    void action.run(async () => save(await fileOf(submission.id, model, name, version || language), `${stem}.${ending}`));
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
        <Button key={file.label} disabled={action.busy} onClick={() => fetchFile(file)}>
          {file.label}
        </Button>
      ))}
      <Button disabled={action.busy} onClick={() => void action.run(async () => save(await askAsEditor(auditPath(submission.id, model)), `${stem}.json`))}>
        JSON
      </Button>
      <Button
        disabled={action.busy}
        onClick={() => void action.run(async () => save(await askAsEditor(signedReportPath(submission.id)), `${submission.id}.signed.json`))}
      >
        {t("downloads.signed")}
      </Button>
      {action.busy && <small role="status">{t("downloads.making")}</small>}
      <Trouble problem={action.problem} />
    </div>
  );
}

/** Reads a file with the token of whoever asks, which a plain link could not carry, and hands it over. */
async function save(answer: Response, name: string): Promise<void> {
  const url = URL.createObjectURL(await answer.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = name.replace(/[\\/:*?"<>|]+/g, "-");
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), keepMs);
}

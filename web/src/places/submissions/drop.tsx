// Where files are dropped or chosen, and how far each of them is.
import { useText } from "../../i18n/use-text.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { DropZone } from "../../ui/drop-zone.tsx";
import { nameOf, type Files, type Outgoing } from "./files.ts";
import { Trouble } from "./trouble.tsx";

export function Drop({ onFiles }: { onFiles: (files: readonly File[]) => void }) {
  const { t } = useText();
  return (
    <DropZone says={t("submission.drop")} onFiles={onFiles}>
      <small>{t("submission.resumes")}</small>
    </DropZone>
  );
}

export function FileRows({ sending }: { sending: Files }) {
  return (
    <ul className="sent" aria-live="polite">
      {sending.files.map((one) => (
        <li key={one.id} data-phase={one.upload ? "done" : one.problem ? "failed" : "sending"}>
          <FileRow one={one} sending={sending} />
        </li>
      ))}
    </ul>
  );
}

function FileRow({ one, sending }: { one: Outgoing; sending: Files }) {
  const { t, number } = useText();
  const sent = t("upload.sent", { sent: number((one.share * one.file.size) / 2 ** 20, 1), size: number(one.file.size / 2 ** 20, 1) });
  return (
    <>
      <div className="file-row">
        <strong>{one.file.name}</strong>
        <small>{one.upload ? t("upload.complete") : one.problem ? t("upload.failed") : `${number(one.share * 100, 0)} % · ${sent}`}</small>
        <span className="grow" />
        {one.problem && <Button onClick={() => sending.retry(one.id)}>{t("upload.resume")}</Button>}
        <IconButton icon="close" className="small" label={t("upload.cancel", { name: one.file.name })} onClick={() => sending.drop(one.id)} />
      </div>
      {!one.upload && !one.problem && <progress aria-label={one.file.name} value={one.share} max={1} />}
      <Trouble problem={one.problem} />
      <div className="upload-form">
        <label className="field">
          {t("submission.fileName")}
          <input
            type="text"
            value={one.name}
            onChange={(event) => sending.change(one.id, { name: event.target.value })}
            onBlur={(event) => sending.change(one.id, { name: nameOf(event.target.value) })}
          />
        </label>
        <label className="field">
          {t(one.kind === "models" ? "submission.discipline" : "record.title")}
          <input type="text" value={one.label} onChange={(event) => sending.change(one.id, { label: event.target.value })} />
        </label>
      </div>
    </>
  );
}

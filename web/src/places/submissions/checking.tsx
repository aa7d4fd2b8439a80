// The audit as it runs: its stages, and how far each is.
import { useQuery } from "@tanstack/react-query";
import { progressQuery, type Submission } from "../../api/submissions.ts";
import { useText } from "../../i18n/use-text.ts";
import { progressOf } from "../jobs.ts";

const stages = ["receive", "scan", "open", "rules", "ids", "express", "shapes", "packs"] as const;
export function Checking({ submission }: { submission: Submission }) {
  const { t, number } = useText();
  const { data: job } = useQuery(progressQuery(submission.id));
  const progress = job ? progressOf(job) : null;
  const told = progress?.text ?? "";
  const at = stages.findIndex((stage) => new RegExp(`\\b${stage}\\b`, "i").test(told));
  return (
    <section className="checking" aria-label={t("checking.title")} aria-live="polite">
      <h2>{t("checking.title")}</h2>
      <ol>
        {stages.map((stage, index) => (
          <li key={stage} data-phase={at < 0 || index > at ? "waiting" : index < at ? "done" : "running"} aria-current={index === at ? "step" : undefined}>
            {t(`checking.${stage}`)}
          </li>
        ))}
      </ol>
      {progress?.share != null && (
        <p className="progress">
          <progress value={progress.share} max={1} aria-label={t("checking.title")} /> {number(progress.share * 100, 0)} %
        </p>
      )}
      <small>{told || t("checking.queued")}</small>
    </section>
  );
}

// A Job's fields as this page shows them. Pure.
import type { Job } from "../api/types.ts";

export type JobState = "queued" | "running" | "succeeded" | "failed" | "cancelled";

const states: Readonly<Record<string, JobState>> = {
  accepted: "queued",
  running: "running",
  successful: "succeeded",
  failed: "failed",
  dismissed: "cancelled",
};

/** The state in one of five words; a word that we do not know is given back as it is. */
export function stateOf({ state }: Pick<Job, "state">): string {
  return states[state] ?? state;
}

/** How far a job is: a share between 0 and 1 where it is known, and words for it. */
export function progressOf({ progress }: Pick<Job, "progress">): { share: number | null; text: string } | null {
  if (!progress) return null;
  const { fraction, done, total } = progress;
  const counted = done !== undefined && done !== null && total ? done / total : null;
  const share = fraction ?? counted;
  const text = [progress.stage ?? "", progress.message ?? "", counted === null ? "" : `${done}/${total}`].filter(Boolean).join(" · ");
  return { share: share === null ? null : Math.min(1, Math.max(0, share)), text };
}

/** A moment as seconds since 1970. */
export function secondsOf(moment: string | null | undefined): number | null {
  const parsed = Date.parse(moment ?? "");
  return Number.isNaN(parsed) ? null : parsed / 1000;
}

/** What went wrong, with what to do. */
export function errorOf({ error }: Pick<Job, "error">): string {
  return error ? [error.message, error.remedy, error.code ? `(${error.code})` : ""].filter(Boolean).join(" ") : "";
}

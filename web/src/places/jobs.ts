// A Job's fields as this page shows them. Pure.
import type { Job } from "../api/types.ts";

export type JobState = "queued" | "running" | "succeeded" | "failed" | "cancelled";

const states: Readonly<Record<string, JobState>> = {
  queued: "queued",
  enqueued: "queued",
  pending: "running",
  waiting: "queued",
  accepted: "queued",
  running: "running",
  done: "succeeded",
  success: "succeeded",
  succeeded: "succeeded",
  successful: "succeeded",
  completed: "succeeded",
  error: "failed",
  failed: "failed",
  cancelled: "cancelled",
  canceled: "cancelled",
  dismissed: "cancelled",
};

/** The state in one of five words; a word that we do not know is given back as it is. */
export function stateOf({ state, status }: Job): string {
  const word = (state ?? status ?? "").toLowerCase();
  return states[word] ?? word;
}

/** How far a job is: a share between 0 and 1 where there is a total, and words for it. */
export function progressOf({ progress, stage }: Job): { share: number | null; text: string } | null {
  if (typeof progress === "number") return { share: clamp(progress > 1 ? progress / 100 : progress), text: stage ?? "" };
  if (!progress) return stage ? { share: null, text: stage } : null;
  const { done, total } = progress;
  const text = [progress.stage ?? stage ?? "", progress.message ?? "", done !== undefined && total ? `${done}/${total}` : ""].filter(Boolean).join(" · ");
  return { share: done !== undefined && total ? clamp(done / total) : null, text };
}

/** A time as seconds since 1970: from ISO text, seconds or milliseconds. */
export function secondsOf(time: string | number | null | undefined): number | null {
  if (time === null || time === undefined) return null;
  if (typeof time === "number") return time > 1e11 ? time / 1000 : time;
  const parsed = Date.parse(time);
  return Number.isNaN(parsed) ? null : parsed / 1000;
}

export function errorOf({ error }: Job): string {
  if (!error) return "";
  if (typeof error === "string") return error;
  return [error.message, error.remedy, error.code ? `(${error.code})` : ""].filter(Boolean).join(" ");
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}

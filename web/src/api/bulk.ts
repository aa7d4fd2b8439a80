// Bulk edits: what one would change, looked at by the server, then made and taken back, by jobs where the assets are many.
import { askAsEditor } from "./editor.ts";
import { Problem, type Refusal } from "./problem.ts";
import type { Asked } from "./assets.ts";

export interface BulkRow {
  readonly kind: "changed" | "conflict" | "error";
  readonly id: string;
  readonly tag: string;
  readonly changes: readonly { readonly column: string; readonly old: unknown; readonly new: unknown }[];
  readonly findings: readonly Refusal[];
}

export interface BulkLook {
  readonly token: string;
  readonly state: "looking" | "ready" | "applying" | "done" | "failed";
  readonly done?: number | null;
  readonly total?: number | null;
  readonly preview?: {
    readonly counts: Readonly<Record<"changed" | "unchanged" | "conflict" | "error", number>>;
    readonly rows: readonly BulkRow[];
    readonly rows_left_out: number;
  };
  readonly result?: { readonly batch: string; readonly changed: number; readonly left_out: number; readonly refused_chunks: number };
  readonly error?: { readonly message?: string; readonly code?: string; readonly remedy?: string };
}

const path = "/api/handover/imports";
const pollMs = 700;

/** What setting fields of all assets that answer would change. */
export function lookAtBulk({ filter, text }: Pick<Asked, "filter" | "text">, set: object): Promise<BulkLook> {
  return send("/api/handover/bulk", { filter, criteria: text ? { text } : {}, set });
}

/** What taking a bulk edit back would change. */
export function lookAtTakingBack(batch: string): Promise<BulkLook> {
  return send("/api/handover/bulk", { take_back: batch });
}

/** Begins to make what was looked at, and gives how far it is. */
export async function applyBulk(token: string, leaveOut: boolean, why: string): Promise<BulkLook> {
  await send(`${path}/${token}/apply`, { leave_out: leaveOut, why });
  return bulkLook(token);
}

export async function bulkLook(token: string, signal?: AbortSignal): Promise<BulkLook> {
  return (await (await askAsEditor(`${path}/${token}`, signal ? { signal } : {})).json()) as BulkLook;
}

/** The look when nobody works at it any more.
 *
 * @throws {Problem} the work failed.
 */
export async function settled(look: BulkLook, onStep: (look: BulkLook) => void, signal: AbortSignal): Promise<BulkLook> {
  let now = look;
  while (now.state === "looking" || now.state === "applying") {
    onStep(now);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
    signal.throwIfAborted();
    now = await bulkLook(look.token, signal);
  }
  if (now.state === "failed") throw new Problem("", 0, now.error?.code ?? "job-failed", now.error?.message ?? "", now.error?.remedy ?? "");
  return now;
}

async function send(at: string, body: object): Promise<BulkLook> {
  const answer = await askAsEditor(at, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  return (await answer.json()) as BulkLook;
}

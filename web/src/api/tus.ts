// Files of any size sent in parts (tus 1.0): after a broken line or a reload the rest is sent, not the whole.
import { askAsEditor } from "./editor.ts";
import { sameOrigin } from "./client.ts";
import { Problem } from "./problem.ts";

const door = "/api/uploads";
const version = { "tus-resumable": "1.0.0" };
const partBytes = 4 * 2 ** 20;
const waitsMs = [500, 1500, 4000, 10_000] as const;
const kept = "csdi.upload:";

/** What is told while a file is on its way. */
export interface Sending {
  /** The share that the server has, 0 to 1. */
  onShare(share: number): void;
  readonly signal: AbortSignal;
}

/** Sends a file and gives the path of the upload; one that was begun before goes on where it ended.
 *
 * @throws {Problem} the server refused, or was not reached in several tries.
 * @throws {DOMException} it was cancelled (`AbortError`); then the server forgets what it has.
 */
export async function sendFile(file: File, { onShare, signal }: Sending): Promise<string> {
  const begun = await unfinished(file);
  const path = begun?.path ?? (await create(file));
  let offset = begun?.offset ?? 0;
  try {
    for (let tries = 0; offset < file.size; ) {
      onShare(offset / file.size);
      try {
        offset = await sendPart(path, file, offset, signal);
        tries = 0;
      } catch (thrown) {
        if (signal.aborted || !isPassing(thrown) || tries >= waitsMs.length) throw thrown;
        await new Promise((done) => setTimeout(done, waitsMs[tries++]));
        offset = (await offsetOf(path).catch(() => null)) ?? offset;
      }
    }
  } catch (thrown) {
    if (signal.aborted) await forget(path, file);
    throw thrown;
  }
  onShare(1);
  localStorage.removeItem(kept + markOf(file));
  return path;
}

async function create(file: File): Promise<string> {
  const name = btoa(String.fromCharCode(...new TextEncoder().encode(file.name)));
  const headers = { ...version, "upload-length": String(file.size), "upload-metadata": `filename ${name}` };
  const answer = await askAsEditor(door, { method: "POST", headers });
  const location = answer.headers.get("location");
  if (!location) throw new Problem("", answer.status, "upload-refused", door, "");
  const path = sameOrigin(location);
  localStorage.setItem(kept + markOf(file), path);
  return path;
}

/** An upload of the same file that was begun in this browser and that the server still knows. */
async function unfinished(file: File): Promise<{ path: string; offset: number } | null> {
  const path = localStorage.getItem(kept + markOf(file));
  if (!path) return null;
  const offset = await offsetOf(path).catch(() => null);
  if (offset === null) localStorage.removeItem(kept + markOf(file));
  return offset === null ? null : { path, offset };
}

async function sendPart(path: string, file: File, offset: number, signal: AbortSignal): Promise<number> {
  const headers = { ...version, "content-type": "application/offset+octet-stream", "upload-offset": String(offset) };
  const answer = await askAsEditor(path, { method: "PATCH", headers, body: file.slice(offset, offset + partBytes), signal });
  return Number(answer.headers.get("upload-offset"));
}

async function offsetOf(path: string): Promise<number> {
  const answer = await askAsEditor(path, { method: "HEAD", headers: version });
  return Number(answer.headers.get("upload-offset"));
}

async function forget(path: string, file: File): Promise<void> {
  localStorage.removeItem(kept + markOf(file));
  await askAsEditor(path, { method: "DELETE", headers: version }).catch(() => null);
}

/** Whether another try may do better: no connection, or a server that is busy or was somewhere else in the file. */
function isPassing(thrown: unknown): boolean {
  return thrown instanceof Problem && (thrown.status === 0 || thrown.status === 409 || thrown.status === 429 || thrown.status >= 500);
}

function markOf({ name, size, lastModified }: File): string {
  return `${name}/${size}/${lastModified}`;
}

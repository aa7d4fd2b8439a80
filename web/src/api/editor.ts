// What an editor may do, with the token that they typed: it stays in this tab and goes to our own host only.
import { sameOrigin } from "./client.ts";
import { Problem } from "./problem.ts";
import type { EditableRecord } from "./records.ts";
import type { Job } from "./types.ts";

const kept = "csdi.token";

export function token(): string {
  return sessionStorage.getItem(kept) ?? "";
}

export function keepToken(value: string): void {
  if (value) sessionStorage.setItem(kept, value);
  else sessionStorage.removeItem(kept);
}

/** The header by which our own host knows who asks; empty where nobody said. */
export function authorization(): Record<string, string> {
  return token() ? { authorization: `Bearer ${token()}` } : {};
}

let past = false;

/** Whether the past is seen, in which nothing is edited. */
export function holdEdits(on: boolean): void {
  past = on;
}

/** What changes nothing though it is sent: questions that are too long for an address. */
const questions = /^\/api\/twin\//;

/** An answer to a request of the editor.
 *
 * @throws {Problem} the server refused, or could not be reached; `past-shown` for an edit while the past is seen.
 */
export async function askAsEditor(path: string, init: RequestInit & { headers?: Record<string, string> } = {}): Promise<Response> {
  if (past && (init.method ?? "GET") !== "GET" && !questions.test(path)) throw new Problem("", 0, "past-shown", "", "");
  return ask(path, { ...init, headers: { ...authorization(), ...init.headers } });
}

async function ask(path: string, init: RequestInit & { headers?: Record<string, string> }): Promise<Response> {
  const url = sameOrigin(path);
  const headers = { accept: "application/json", ...init.headers };
  const response = await fetch(url, { ...init, headers }).catch(() => {
    throw new Problem("", 0, "server-unreachable", url, "");
  });
  if (!response.ok) throw await Problem.from(response);
  return response;
}

export async function jobOf(id: string): Promise<Job> {
  return (await (await askAsEditor(`/api/jobs/${encodeURIComponent(id)}`)).json()) as Job;
}

export interface UploadOptions {
  readonly title: string;
  readonly crs: string;
  readonly language: string;
}

/** Sends a file as a layer and gives the job that publishes it; `onSent` hears the share that has gone out, 0 to 1. */
export function sendLayer(name: string, body: Blob, { title, crs, language }: UploadOptions, onSent: (share: number) => void): Promise<Job> {
  const query = new URLSearchParams({ file: name, lang: language, ...(title ? { title } : {}), ...(crs ? { crs } : {}) });
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/layers?${query}`);
    for (const [key, value] of Object.entries(authorization())) request.setRequestHeader(key, value);
    request.upload.onprogress = ({ loaded, total }) => onSent(total ? loaded / total : 0);
    request.onerror = () => reject(new Problem("", 0, "server-unreachable", "/api/layers", ""));
    request.onload = () => {
      const answer = new Response(request.responseText, { status: request.status, statusText: request.statusText });
      if (request.status === 202) resolve(JSON.parse(request.responseText) as Job);
      else void Problem.from(answer).then(reject);
    };
    request.send(body);
  });
}

/** A Record for editing, with the state that an edit is made against. */
export async function readRecord(id: string, signal?: AbortSignal): Promise<EditableRecord> {
  const response = await ask(`/api/records/${encodeURIComponent(id)}`, signal ? { signal } : {});
  return { ...((await response.json()) as Omit<EditableRecord, "etag">), etag: response.headers.get("etag") ?? "*" };
}

/** Changes what the edit says of a Record, if it is still as the editor saw it. */
export async function changeRecord(id: string, edit: object, etag: string): Promise<void> {
  await askAsEditor(`/ogc/collections/records/items/${encodeURIComponent(id)}`, {
    method: "PATCH",
    headers: { "content-type": "application/merge-patch+json", "if-match": etag },
    body: JSON.stringify(edit),
  });
}

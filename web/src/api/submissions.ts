// Submissions as the server keeps them, and all that is asked of it about them.
import { queryOptions } from "@tanstack/react-query";
import { askAsEditor, jobOf } from "./editor.ts";
import { Problem } from "./problem.ts";
import type { Job, Text } from "./types.ts";

export const states = ["draft", "submitted", "checking", "checked", "in-review", "returned", "approved", "superseded", "withdrawn"] as const;
export type SubmissionState = (typeof states)[number];
export const stages = ["design", "construction", "as-built"] as const;
export type Stage = (typeof stages)[number];
export const choices = ["accept", "waive", "must-fix"] as const;
export type Choice = (typeof choices)[number];
export const opinions = ["agrees", "objects"] as const;
export type Opinion = (typeof opinions)[number];

export interface SubmittedFile {
  readonly name: string;
  readonly file: string;
  readonly sha256: string;
  readonly size: number;
}

export interface SubmittedModel extends SubmittedFile {
  readonly discipline: string;
  /** Version of the model in the twin, 0 until it is approved. */
  readonly published: number;
}

export interface SubmittedDocument extends SubmittedFile {
  readonly title: string;
}

export interface Party {
  readonly name: string;
  readonly title: string;
  readonly principal: string;
  /** RFC 3339 moment, "" for none. */
  readonly deadline: string;
  readonly opinion: Opinion | "";
  readonly comment: string;
  readonly answered: string;
}

export interface Comment {
  readonly by: string;
  readonly at: string;
  readonly text: string;
}

export interface Submission {
  readonly id: string;
  readonly series: string;
  readonly version: number;
  readonly previous: string;
  readonly applicant: string;
  readonly created: string;
  readonly changed: string;
  readonly state: SubmissionState;
  readonly title: string;
  readonly organisation: string;
  readonly project: string;
  readonly lot: string;
  readonly purpose: string;
  readonly stage: Stage;
  readonly packs: readonly string[];
  readonly models: readonly SubmittedModel[];
  readonly documents: readonly SubmittedDocument[];
  readonly parties: readonly Party[];
  readonly comments: readonly Comment[];
  /** Of its audit. */
  readonly job: string;
  /** Of the job that brings its models into the twin. */
  readonly publication: string;
  /** Model -> what its audit says in one word. */
  readonly reports: Readonly<Record<string, { readonly outcome?: string; readonly result?: string }>>;
}

/** A submission with the state of it that a change is made against. */
export interface Opened {
  readonly submission: Submission;
  readonly etag: string;
}

const root = "/api/submissions";

/** Path of a submission or of something below it. */
export function pathOf(id: string, ...below: readonly string[]): string {
  return [root, ...[id, ...below].map(encodeURIComponent)].join("/");
}

async function read<T>(path: string, signal: AbortSignal): Promise<T> {
  return (await (await askAsEditor(path, { signal })).json()) as T;
}

const askEveryMs = 4000;

/** All submissions that whoever asks may see, newest first. */
export const submissionsQuery = queryOptions({
  queryKey: ["submissions"],
  queryFn: async ({ signal }) => (await read<{ submissions: readonly Submission[] }>(`${root}?limit=1000`, signal)).submissions,
  refetchInterval: ({ state }) => (state.status === "error" ? false : askEveryMs),
});

export const submissionQuery = (id: string) =>
  queryOptions({
    queryKey: ["submission", id],
    queryFn: async ({ signal }): Promise<Opened> => opened(await askAsEditor(pathOf(id), { signal })),
    refetchInterval: ({ state }) => (state.status === "error" ? false : isWaiting(state.data?.submission) ? 700 : askEveryMs),
  });

async function opened(answer: Response): Promise<Opened> {
  return { submission: (await answer.json()) as Submission, etag: answer.headers.get("etag") ?? "*" };
}

/** Whether the audit has still to end. */
export function isWaiting(submission: Submission | undefined): boolean {
  return submission?.state === "submitted" || submission?.state === "checking";
}

export interface Particulars {
  readonly title: string;
  readonly organisation: string;
  readonly project: string;
  readonly lot: string;
  readonly purpose: string;
  readonly stage: Stage;
  /** Ids of the rule packs that it is judged by. */
  readonly packs: readonly string[];
}

function send(path: string, method: string, body: object, etag = ""): Promise<Response> {
  const headers = { "content-type": "application/json", ...(etag ? { "if-match": etag } : {}) };
  return askAsEditor(path, { method, headers, body: JSON.stringify(body) });
}

/** A new draft. */
export async function createSubmission(particulars: Particulars): Promise<Opened> {
  return opened(await send(root, "POST", particulars));
}

/** A draft that follows on a submission: its particulars, documents and parties, and its models until they are replaced. */
export async function createVersion(id: string): Promise<Opened> {
  return opened(await send(root, "POST", { previous: id }));
}

export async function changeParticulars(id: string, particulars: Particulars, etag: string): Promise<Opened> {
  return opened(await send(pathOf(id), "PATCH", particulars, etag));
}

export interface Attachment {
  readonly name: string;
  /** Path of an upload that is complete. */
  readonly upload: string;
  /** Of a model. */
  readonly discipline?: string;
  /** Of a document. */
  readonly title?: string;
}

/** Puts an uploaded file into a draft, in place of one of the same name. */
export async function attach(id: string, kind: "models" | "documents", { name, ...rest }: Attachment, etag: string): Promise<Opened> {
  return opened(await send(pathOf(id, kind, name), "PUT", rest, etag));
}

export async function detach(id: string, kind: "models" | "documents", name: string, etag: string): Promise<void> {
  await askAsEditor(pathOf(id, kind, name), { method: "DELETE", headers: { "if-match": etag } });
}

/** Leads a submission to another state. */
export async function lead(id: string, state: SubmissionState, reason: string, etag: string): Promise<Opened> {
  return opened(await send(pathOf(id, "state"), "POST", reason ? { state, reason } : { state }, etag));
}

export async function comment(id: string, text: string): Promise<void> {
  await send(pathOf(id, "comments"), "POST", { text });
}

/** A party as a reviewer names it. */
export type PartyNamed = Pick<Party, "name" | "title" | "principal" | "deadline">;

/** Asks a party to review; what it has answered stays. */
export async function putParty(id: string, { name, ...rest }: PartyNamed, etag: string): Promise<void> {
  await send(pathOf(id, "parties", name), "PUT", rest, etag);
}

export async function dropParty(id: string, name: string, etag: string): Promise<void> {
  await askAsEditor(pathOf(id, "parties", name), { method: "DELETE", headers: { "if-match": etag } });
}

export async function answerAs(id: string, party: string, opinion: Opinion, text: string, etag: string): Promise<void> {
  await send(pathOf(id, "parties", party, "opinion"), "PUT", { opinion, comment: text }, etag);
}

export async function decide(id: string, finding: string, choice: Choice, reason: string, etag: string): Promise<void> {
  await send(pathOf(id, "findings", finding, "decision"), "PUT", { choice, reason }, etag);
}

export const trailQuery = (id: string) =>
  queryOptions({
    queryKey: ["trail", id],
    queryFn: async ({ signal }) => readLines<Entry>(await (await askAsEditor(pathOf(id, "trail"), { signal })).text()),
  });

function readLines<T>(text: string): T[] {
  return text
    .split("\n")
    .filter((line) => line.trim())
    .map((line) => JSON.parse(line) as T);
}

/** How far the audit, or the publication in the twin, is. */
export const progressQuery = (id: string) =>
  queryOptions({
    queryKey: ["progress", id],
    queryFn: async ({ signal }) => (await read<{ job: Job | null }>(pathOf(id, "progress"), signal)).job,
    refetchInterval: 600,
  });

/** One thing that happened, sealed with the digest of the one before. */
export interface Entry {
  readonly number: number;
  readonly time: string;
  readonly who: string;
  readonly what: string;
  readonly particulars: Readonly<Record<string, unknown>>;
  readonly digest: string;
}

/** One reason for many changes. */
export interface Cause {
  readonly kind: string;
  readonly message: string;
  readonly affected: number;
}

export interface Change {
  readonly collection: string;
  readonly status: "new" | "removed" | "changed" | "moved" | "reidentified" | "unchanged";
  readonly global_id: string;
  readonly was: string | null;
  readonly ifc_class: string;
  readonly name: string;
  readonly aspects: readonly string[];
  readonly fields: Readonly<Record<string, readonly [unknown, unknown]>>;
  readonly vector_m: readonly [number, number, number] | null;
}

/** What one model is, compared with the version before. */
export interface Comparison {
  readonly causes: readonly Cause[];
  readonly counts: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly changes: readonly Change[];
}

export const comparisonQuery = (id: string, model: string) =>
  queryOptions({
    queryKey: ["comparison", id, model],
    queryFn: async ({ signal }) => (await (await fileOf(id, model, "changes.json", "", signal)).json()) as Comparison,
    retry: false,
    staleTime: Infinity,
  });

/** A file that a report is had as. */
export interface ReportFile {
  readonly label: string;
  readonly name: string;
  readonly ending: string;
  /** Version of BCF, "" where the file is in a language. */
  readonly version: string;
}

export const reportFiles: readonly ReportFile[] = [
  { label: "HTML", name: "report.html", ending: "html", version: "" },
  { label: "PDF", name: "report.pdf", ending: "pdf", version: "" },
  { label: "BCF 2.1", name: "findings.bcf", ending: "bcf", version: "2.1" },
  { label: "BCF 3.0", name: "findings.bcf", ending: "bcf", version: "3.0" },
];

/** The signed report, and the whole audit of one model. */
export const signedReportPath = (id: string): string => pathOf(id, "report");
export const auditPath = (id: string, model: string): string => pathOf(id, "models", model, "report");

/** What every rule says of a model. */
export interface Audit {
  readonly rules: readonly { readonly id: string; readonly outcome: string; readonly measured: number; readonly reason?: string }[];
}

export const auditQuery = (submission: Submission, model: string) =>
  queryOptions({
    queryKey: ["audit", submission.id, submission.job, model],
    queryFn: ({ signal }) => read<Audit>(auditPath(submission.id, model), signal),
    staleTime: Infinity,
  });

const askAgainMs = 700;

/** A file about a model, waiting while a job makes it.
 *
 * @throws {Problem} the server refused, or the job has failed.
 */
export function fileOf(id: string, model: string, name: string, made: string, signal?: AbortSignal): Promise<Response> {
  return onceMade(`${pathOf(id, "models", model, "files", name)}${made ? `?in=${encodeURIComponent(made)}` : ""}`, signal);
}

/** What is at a path, waiting while a job makes it.
 *
 * @throws {Problem} the server refused, or the job has failed.
 */
export async function onceMade(path: string, signal?: AbortSignal): Promise<Response> {
  for (let before = ""; ; ) {
    const answer = await askAsEditor(path, signal ? { signal } : {});
    if (answer.status !== 202) return answer;
    const { job } = (await answer.json()) as { job: Job };
    // A second job is made only after the first has failed.
    if (before && before !== job.id) throw problemOfJob(await jobOf(before).catch(() => job));
    before = job.id;
    await new Promise((done) => setTimeout(done, askAgainMs));
  }
}

function problemOfJob({ error }: Job): Problem {
  const said = typeof error === "object" && error ? error : { message: error ?? "" };
  return new Problem("", 0, "job-failed", said.message ?? "", "remedy" in said ? (said.remedy ?? "") : "");
}

/** A set of rules that a submission can ask to be judged by. */
export interface RulePack {
  readonly id: string;
  readonly version: string;
  readonly title: Text;
  readonly rules: number;
}

/** What is said of a rule. */
export interface RuleInfo {
  readonly title: Text;
  readonly chapter: "schema" | "quality" | "regulation";
  readonly clause: string;
  readonly source: string;
}

export interface RuleBook {
  readonly packs: readonly RulePack[];
  readonly rules: Readonly<Record<string, RuleInfo>>;
}

export const rulesQuery = queryOptions({
  queryKey: ["rule-packs"],
  queryFn: ({ signal }) => read<RuleBook>("/api/rule-packs", signal),
  staleTime: 600_000,
});

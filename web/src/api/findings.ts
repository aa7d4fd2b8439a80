// Findings on submissions: what they say, where they are, and how many there are of which kind. Pure but for the query.
import { queryOptions } from "@tanstack/react-query";
import { askAsEditor } from "./editor.ts";
import type { Language } from "./text.ts";
import { partiesOf } from "./parties.ts";
import { isWaiting, pathOf, type Choice, type Submission } from "./submissions.ts";

export const groups = ["schema", "quality", "regulation"] as const;
export type Group = (typeof groups)[number];
export const severities = ["error", "warning", "note"] as const;
export type Severity = (typeof severities)[number];
export const statuses = ["new", "persisting", "solved"] as const;
export type Status = (typeof statuses)[number];

export interface Found {
  readonly id: string;
  readonly model: string;
  readonly rule: string;
  readonly code: string;
  readonly group: Group;
  readonly severity: Severity;
  readonly status: Status;
  readonly texts: Readonly<Record<Language, string>>;
  readonly subject: string;
  readonly globalId: string;
  readonly ifcClass: string;
  readonly measured: string;
  readonly expected: string;
  readonly cure: string;
  /** `lapsed`: what was decided on has changed since. */
  readonly decision: Choice | "lapsed" | "";
  readonly reason: string;
  readonly decidedBy: string;
  /** Degrees; null where it has no place. */
  readonly position: readonly [lon: number, lat: number] | null;
  /** Metres: HK1980 Grid and HKPD. */
  /** GlobalIds of the elements that it names, such as both of a clash. */
  readonly parties: readonly string[];
  readonly place: { readonly easting: number; readonly northing: number; readonly height: number } | null;
}

/** All findings of a submission, its solved ones too. */
export const findingsQuery = (submission: Submission) =>
  queryOptions({
    queryKey: ["findings", submission.id, submission.changed],
    queryFn: async ({ signal }) => {
      const rows: Row[] = [];
      for (let total = 1; rows.length < total; ) {
        const answer = await askAsEditor(`${pathOf(submission.id, "findings")}?limit=${pageSize}&offset=${rows.length}`, { signal });
        const page = (await answer.json()) as { findings: readonly Row[]; numberMatched: number };
        rows.push(...page.findings);
        total = page.findings.length ? page.numberMatched : 0;
      }
      return rows.map(readFound);
    },
    enabled: !isWaiting(submission) && submission.state !== "draft",
    placeholderData: (before) => before,
  });

const pageSize = 1000;
type Row = Readonly<Record<string, unknown>>;

/** A finding as the server sends it. */
export function readFound(properties: Row): Found {
  const text = (name: string): string => (typeof properties[name] === "string" ? (properties[name] as string) : "");
  const data = (properties["data"] ?? {}) as Record<string, unknown>;
  const message = text("message");
  return {
    id: text("id"),
    model: text("model"),
    rule: text("rule"),
    code: text("code"),
    group: oneOf(groups, text("group") || data["group"]) ?? groupOf(text("rule"), text("code")),
    severity: oneOf(severities, text("severity")) ?? "error",
    status: oneOf(statuses, text("status")) ?? "new",
    texts: { en: message, "zh-Hant": text("message_zh_hant") || message, "zh-Hans": text("message_zh_hans") || message },
    subject: text("subject"),
    globalId: text("global_id"),
    ifcClass: text("ifc_class"),
    measured: text("measured"),
    expected: text("expected"),
    cure: text("cure"),
    decision: text("decision") as Found["decision"],
    reason: text("decision_reason"),
    decidedBy: text("decided_by"),
    position: readPosition(properties["position"]),
    parties: partiesOf(properties),
    place: readPlace(properties["place"]),
  };
}

const schemaStages = new Set(["receive", "scan", "open", "express"]);
const qualityStages = new Set(["shapes", "ids", "rules"]);

/** What a rule is about, as far as its name tells: stages that read the file and rules of the standard, IDS files, rule packs. */
export function groupOf(rule: string, code: string): Group {
  if (schemaStages.has(rule) || /^[A-Z]{3}\d{3}$/.test(rule)) return "schema";
  return qualityStages.has(rule) || code.startsWith("IDS") ? "quality" : "regulation";
}

function readPosition(given: unknown): Found["position"] {
  const [lon, lat] = Array.isArray(given) ? (given as unknown[]) : [];
  return typeof lon === "number" && typeof lat === "number" ? [lon, lat] : null;
}

function readPlace(given: unknown): Found["place"] {
  const { easting, northing, height } = (given ?? {}) as Record<string, unknown>;
  return typeof easting === "number" && typeof northing === "number" && typeof height === "number" ? { easting, northing, height } : null;
}

/** Facets by which findings are narrowed; a choice is `status:new`. */
export const findingFacets = ["status", "severity", "decision"] as const;

/** Those that satisfy the choices: any of a facet, all facets; and hold the words. */
export function narrowed(found: readonly Found[], choices: readonly string[], words: string): Found[] {
  const wanted = words.trim().toLowerCase();
  return found.filter(
    (one) =>
      findingFacets.every((facet) => {
        const chosen = choices.filter((choice) => choice.startsWith(`${facet}:`));
        return chosen.length === 0 || chosen.includes(`${facet}:${one[facet] || "none"}`);
      }) && (!wanted || [one.rule, one.subject, one.globalId, ...Object.values(one.texts)].some((text) => text.toLowerCase().includes(wanted))),
  );
}

/** Findings by rule, those that weigh most first. */
export function byRule(found: readonly Found[]): { rule: string; found: Found[] }[] {
  const rules = new Map<string, Found[]>();
  for (const one of found) rules.set(one.rule, [...(rules.get(one.rule) ?? []), one]);
  return [...rules].map(([rule, of]) => ({ rule, found: of })).sort((a, b) => weight(a.found) - weight(b.found) || a.rule.localeCompare(b.rule));
}

function weight(found: readonly Found[]): number {
  return Math.min(...found.map(({ severity, status }) => severities.indexOf(severity) + (status === "solved" ? severities.length : 0)));
}

function oneOf<T extends string>(values: readonly T[], given: unknown): T | null {
  return values.find((value) => value === given) ?? null;
}

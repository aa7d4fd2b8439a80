// What the choices of a list ask of the register, as CQL2 text. Pure.
import { quoted, type Asked } from "../../api/assets.ts";
import type { AssetsView } from "./address.ts";

/** Choices of which several may hold: one of them must fit. */
export const facetNames = ["asset_class", "category", "storey", "status", "condition", "system", "manufacturer", "presence"] as const;
export type FacetName = (typeof facetNames)[number];

const numeric: ReadonlySet<string> = new Set(["condition", "criticality"]);
const single: ReadonlySet<string> = new Set(["location", "warranty_from", "warranty_to", "element"]);

/** `condition:3` as name and value. */
export function choiceOf(text: string): { name: string; value: string } {
  const at = text.indexOf(":");
  return at < 0 ? { name: text, value: "" } : { name: text.slice(0, at), value: text.slice(at + 1) };
}

/** Chosen values of a name. */
export function valuesOf(narrow: readonly string[], name: string): string[] {
  return narrow.map(choiceOf).filter((one) => one.name === name).map(({ value }) => value);
}

/** The choices with one more or one less; of some names only one can be chosen. */
export function toggled(narrow: readonly string[], name: string, value: string): string[] {
  const choice = `${name}:${value}`;
  if (narrow.includes(choice)) return narrow.filter((one) => one !== choice);
  return [...(single.has(name) ? without(narrow, name) : narrow), choice];
}

/** The choices with this value of a name, "" for none. */
export function replaced(narrow: readonly string[], name: string, value: string): string[] {
  return value ? [...without(narrow, name), `${name}:${value}`] : without(narrow, name);
}

/** The choices without those of a name. */
export function without(narrow: readonly string[], name: string): string[] {
  return narrow.filter((one) => choiceOf(one).name !== name);
}

/** CQL2 text of the choices, "" for none. */
export function filterOf(narrow: readonly string[]): string {
  const names = [...new Set(narrow.map((one) => choiceOf(one).name))];
  return names.map((name) => testOf(name, valuesOf(narrow, name))).filter(Boolean).join(" AND ");
}

export function askedOf({ narrow, find, sort }: AssetsView): Asked {
  return { filter: filterOf(narrow), text: find.trim(), sort };
}

function testOf(name: string, values: readonly string[]): string {
  const [first = ""] = values;
  if (name === "location") return `IN_PLACE(${quoted(first)})`;
  if (name === "zone") return anyOf(values.map((value) => `IN_ZONE(${quoted(value)})`));
  if (name === "warranty_from") return dated(">=", first);
  if (name === "warranty_to") return dated("<=", first);
  if (!/^[a-z_]+$/.test(name)) return "";
  const stated = values.filter((value) => value !== "" && (!numeric.has(name) || Number.isFinite(Number(value))));
  const tests = stated.length ? [`${name} IN (${stated.map((value) => (numeric.has(name) ? String(Number(value)) : quoted(value))).join(", ")})`] : [];
  if (values.includes("")) tests.push(`${name} IS NULL`);
  return anyOf(tests);
}

function anyOf(tests: readonly string[]): string {
  return tests.length > 1 ? `(${tests.join(" OR ")})` : (tests[0] ?? "");
}

function dated(sign: string, day: string): string {
  return /^\d{4}-\d{2}-\d{2}$/.test(day) ? `warranty_end ${sign} DATE('${day}')` : "";
}

/** A day so many days from another, `2026-06-21`. */
export function dayAfter(day: Date, days: number): string {
  const moved = new Date(day.getTime() + days * 86_400_000);
  return new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Hong_Kong", year: "numeric", month: "2-digit", day: "2-digit" }).format(moved);
}

// A Feature's attributes sorted into what a person asks about an element. Pure.
import type { Properties } from "../api/types.ts";

/** A named set of values: a property set, a set of quantities. */
export interface ValueSet {
  readonly name: string;
  readonly values: readonly (readonly [name: string, value: string])[];
}

/** The attribute as an object or list, whether the server sends it as JSON or as JSON in a string. */
export function structured(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/** Property sets or quantities, `{set: {name: value}}`, as lists in their own order; sets without values left out. */
export function valueSets(attribute: unknown): ValueSet[] {
  const sets = structured(attribute);
  if (!isObject(sets)) return [];
  return Object.entries(sets)
    .map(([name, values]) => ({
      name,
      values: isObject(values) ? Object.entries(values).map(([key, value]): [string, string] => [key, show(value)]) : [],
    }))
    .filter(({ values }) => values.length > 0);
}

/** The sets with only those values whose name or text holds `query`; a set whose name holds it stays whole. */
export function filterSets(sets: readonly ValueSet[], query: string): ValueSet[] {
  const wanted = query.trim().toLowerCase();
  if (!wanted) return [...sets];
  const holds = (text: string): boolean => text.toLowerCase().includes(wanted);
  return sets
    .map(({ name, values }) => ({ name, values: holds(name) ? values : values.filter(([key, value]) => holds(key) || holds(value)) }))
    .filter(({ values }) => values.length > 0);
}

/** A list attribute as one line per entry; `fields` are tried in order for the entry's main text. */
export function entries(attribute: unknown, fields: readonly string[]): { text: string; note: string }[] {
  const list = structured(attribute);
  if (list === null || list === undefined || list === "") return [];
  return (Array.isArray(list) ? list : [list]).map((entry: unknown) => {
    if (!isObject(entry)) return { text: show(entry), note: "" };
    const [first, ...rest] = fields.map((field) => entry[field]).filter((value) => value !== undefined && value !== null && value !== "");
    return { text: show(first ?? entry), note: rest.map(show).join(" · ") };
  });
}

/** A value as text: numbers without noise behind the point, lists with commas, truth as words of IFC. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(9)));
  if (typeof value === "boolean") return value ? "TRUE" : "FALSE";
  if (Array.isArray(value)) return value.map(show).join(", ");
  if (isObject(value)) {
    if ("value" in value) return [show(value["value"]), show(value["unit"])].filter(Boolean).join(" ");
    return JSON.stringify(value);
  }
  return String(value);
}

export function text(properties: Properties, field: string): string {
  return show(properties[field]);
}

export function numberAt(properties: Properties, field: string): number | null {
  const value = properties[field];
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

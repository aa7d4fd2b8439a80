// A Feature's attributes sorted into what a person asks about an element. Pure.
import type { Properties } from "../api/types.ts";

/** A named set of values: a property set, a set of quantities. */
export interface ValueSet {
  readonly name: string;
  readonly values: readonly (readonly [name: string, value: string, stated?: string])[];
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

/** Property sets or quantities, `{set: {name: value}}`, as lists in their own order; sets without values left out.
 *
 * `measures` give values their units: `{set: {name: {value, unit, stated, stated_unit}}}`.
 */
export function valueSets(attribute: unknown, measures?: unknown): ValueSet[] {
  const sets = structured(attribute);
  const units = structured(measures);
  if (!isObject(sets)) return [];
  return Object.entries(sets)
    .map(([name, values]) => {
      const own = isObject(units) && isObject(units[name]) ? units[name] : {};
      return { name, values: isObject(values) ? Object.entries(values).map(([key, value]) => measured(key, value, own[key])) : [] };
    })
    .filter(({ values }) => values.length > 0);
}

function measured(key: string, value: unknown, measure: unknown): readonly [string, string, string?] {
  if (!isObject(measure) || typeof value !== "number") return [key, show(value)];
  const said = withUnit(value, show(measure["unit"]));
  const stated = measure["stated_unit"] === measure["unit"] ? undefined : withUnit(measure["stated"], show(measure["stated_unit"]));
  return stated ? [key, said, stated] : [key, said];
}

const superscripts: Readonly<Record<string, string>> = { m2: "m²", m3: "m³" };

/** A value with its unit as people write it. */
export function withUnit(value: unknown, unit: string): string {
  return [show(value), superscripts[unit] ?? unit].filter(Boolean).join(" ");
}

/** What refers to something: GlobalIds, or objects with an id and perhaps a name and class; one of them or a list. */
export function references(attribute: unknown): { id: string; name: string; note: string }[] {
  const value = structured(attribute);
  if (value === null || value === undefined || value === "") return [];
  return (Array.isArray(value) ? value : [value])
    .map((one: unknown) => (isObject(one) ? { id: show(one["id"]), name: show(one["name"]), note: show(one["class"]) } : { id: show(one), name: "", note: "" }))
    .filter(({ id }) => id !== "");
}

/** Name of the space that holds an element, from the path of what contains it. */
export function spaceOf(properties: Properties): string {
  const path = structured(properties["containment"]);
  const space = Array.isArray(path) ? path.find((one: unknown) => isObject(one) && one["class"] === "IfcSpace") : undefined;
  return isObject(space) ? show(space["name"] ?? space["id"]) : "";
}

export interface Difference {
  /** Path of the value: `psets / Pset_WallCommon / FireRating`. */
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

const bookkeeping = new Set(["since_version", "valid_from", "valid_to", "last_version", "tile", "feature"]);

/** What differs between two states of one Feature, value by value. */
export function differences(before: Properties, after: Properties): Difference[] {
  const found: Difference[] = [];
  const compare = (path: readonly string[], from: unknown, to: unknown): void => {
    const [one, other] = [structured(from), structured(to)];
    if (JSON.stringify(one) === JSON.stringify(other)) return;
    if (isObject(one) && isObject(other)) {
      for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) compare([...path, key], one[key], other[key]);
    } else found.push({ name: path.join(" / "), from: show(one), to: show(other) });
  };
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) if (!bookkeeping.has(name)) compare([name], before[name], after[name]);
  return found;
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

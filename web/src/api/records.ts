// The catalogue: what is asked of it, and what it answers.
import type { Figure } from "../map/figure.ts";
import type { Language } from "./text.ts";
import type { Geometry, Link, Text } from "./types.ts";

export const facetNames = ["kind", "keywords", "organization", "license", "updateFrequency", "storageCrs", "source"] as const;
export type FacetName = (typeof facetNames)[number];

/** Facets whose values are lists: a Record is meant when its list has the value. */
const lists: ReadonlySet<string> = new Set(["keywords"]);
export const pageSize = 20;

export interface Bucket {
  readonly value: string;
  readonly count: number;
  readonly title?: string;
}

export interface RecordFeature {
  readonly id: string;
  readonly geometry: Geometry | null;
  readonly properties: {
    readonly title?: string;
    readonly description?: string;
    readonly kind?: string;
    readonly keywords?: readonly string[];
    readonly updated?: string;
    readonly source?: string;
    readonly completeness?: { readonly score: number };
  };
  readonly links?: readonly Link[];
}

export interface RecordsPage {
  readonly numberMatched: number;
  readonly features: readonly RecordFeature[];
  readonly facets?: Readonly<Partial<Record<FacetName, { readonly buckets: readonly Bucket[] }>>>;
}

/** A chosen value of a facet, as the address has it: `kind:layer`. */
export type Choice = string;

export function choiceOf(name: string, value: string): Choice {
  return `${name}:${value}`;
}

export function readChoice(choice: Choice): readonly [name: string, value: string] {
  const at = choice.indexOf(":");
  return [choice.slice(0, at), choice.slice(at + 1)];
}

/** The question to the catalogue, as path and query. Choices that the catalogue does not know are left out. */
export function recordsPath(text: string, choices: readonly Choice[], offset: number, language: Language): string {
  const query = new URLSearchParams({ f: "json", limit: String(pageSize), facets: facetNames.join(","), lang: language });
  if (text.trim()) query.set("q", text.trim());
  if (offset) query.set("offset", String(offset));
  const tests = choices.map(readChoice).filter(([name]) => (facetNames as readonly string[]).includes(name));
  if (tests.length) query.set("filter", tests.map(([name, value]) => testOf(name, value)).join(" AND "));
  return `/ogc/collections/records/items?${query}`;
}

function testOf(name: string, value: string): string {
  const text = `'${value.replace(/'/g, "''")}'`;
  return lists.has(name) ? `A_CONTAINS(${name}, (${text}))` : `${name} = ${text}`;
}

/** A Record as it is edited; only what the form shows. */
export interface RecordDocument {
  readonly id: string;
  readonly collection?: string;
  readonly kind?: string;
  readonly title?: Text;
  readonly description?: Text;
  readonly keywords?: Readonly<Partial<Record<Language, readonly string[]>>>;
  readonly licence?: string;
  readonly rights?: Text;
  readonly contacts?: readonly { readonly organisation?: Text; readonly name?: Text; readonly email?: string; readonly role?: string }[];
  readonly lineage?: Text;
  readonly quality?: Text;
  readonly update_frequency?: string;
  readonly extent?: { readonly bbox?: readonly number[]; readonly time?: string; readonly place?: Text };
  readonly crs?: string;
  readonly height_datum?: string;
  readonly updated?: string;
}

export interface EditableRecord {
  readonly document: RecordDocument;
  readonly completeness: { readonly score: number; readonly missing: readonly string[] };
  readonly etag: string;
}

/** How a Collection is seen and used. */
export interface CollectionUse {
  readonly id: string;
  readonly count: number;
  readonly figure: Figure | null;
  readonly snippets: readonly { readonly id: string; readonly title: string; readonly kind: string; readonly hint: string; readonly code: string }[];
  readonly downloads: readonly { readonly title: string; readonly href: string }[];
}

// The register of assets: lists in pages, counts, one asset with all that belongs to it, edits, history and proposals.
import { queryOptions } from "@tanstack/react-query";
import { askAsEditor, token } from "./editor.ts";
import { itemPath } from "./features.ts";
import type { Feature, Properties, Text } from "./types.ts";

/** A row of a list. */
export interface AssetRow {
  readonly id: string;
  readonly tag: string;
  readonly name: string | null;
  readonly name_zh: string | null;
  readonly asset_class: string;
  readonly category: string | null;
  readonly building: string | null;
  readonly storey_name: string | null;
  readonly space_name: string | null;
  readonly system: string | null;
  readonly status: string;
  readonly condition: number | null;
  readonly criticality: number | null;
  readonly warranty_end: string | null;
  readonly manufacturer: string | null;
  readonly product: string | null;
  /** `model:GlobalId`, null where the asset is not in a model. */
  readonly element: string | null;
  readonly easting: number | null;
  readonly northing: number | null;
  readonly base_level: number | null;
  readonly top_level: number | null;
  /** Whether its element is in the model, and where the register says. */
  readonly presence: string | null;
  readonly revision: number;
}

export interface AssetsPage {
  readonly assets: readonly AssetRow[];
  readonly matched: number | null;
  /** Where the next page begins, "" after the last one. */
  readonly next: string;
}

/** What a list is asked for: CQL2 text, words, and the order. */
export interface Asked {
  readonly filter: string;
  readonly text: string;
  readonly sort: string;
}

export const statuses = ["planned", "in-service", "under-repair", "out-of-service", "retired"] as const;
export const conditions = [1, 2, 3, 4, 5] as const;

/** The JSON at a path, for whoever has signed in. */
export async function read<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await (await askAsEditor(path, signal ? { signal } : {})).json()) as T;
}

function parameters(said: Readonly<Record<string, string | number>>): string {
  const made = new URLSearchParams();
  for (const [name, value] of Object.entries(said)) if (value !== "") made.set(name, String(value));
  return made.toString();
}

/** One page of a list, from a cursor or behind so many rows; the first one counts. */
export function readPage(
  { filter, text, sort }: Asked,
  { cursor, offset }: { readonly cursor: string; readonly offset: number },
  limit: number,
  signal?: AbortSignal,
): Promise<AssetsPage> {
  const said = parameters({ filter, text, sortby: sort, limit, cursor, offset: offset || "", count: cursor || offset ? "false" : "" });
  return read<AssetsPage>(`/api/assets/find?${said}`, signal);
}

/** Where a value, or the beginning of a text, begins in a list that is in order. */
export function positionOf({ filter, text, sort }: Asked, at: string): Promise<{ readonly position: number; readonly matched: number }> {
  return read(`/api/assets/position?${parameters({ filter, text, sortby: sort, at })}`);
}

export const fromFirst = { cursor: "", offset: 0 };

export interface FacetCount {
  readonly value: string | number | null;
  readonly count: number;
}

export interface Facets {
  readonly facets: Readonly<Record<string, readonly FacetCount[]>>;
  readonly matched: number;
  /** Buildings with their storeys. */
  readonly locations: readonly {
    readonly building: string | null;
    readonly count: number;
    readonly storeys: readonly { readonly storey: string | null; readonly name: string | null; readonly count: number }[];
  }[];
}

export const facetsQuery = (filter: string, text: string, names: readonly string[]) =>
  queryOptions({
    queryKey: ["asset-facets", filter, text, names, token() !== ""],
    queryFn: ({ signal }) =>
      read<Facets>(
        `/api/assets/facets?${parameters({ filter, text, facet: names.join(",") })}`,
        signal,
      ),
    placeholderData: (before) => before,
  });

/** Assets for the scene and the map: at most so many, in the register's own order. */
export const markedQuery = (asked: Asked, most: number) =>
  queryOptions({
    queryKey: ["asset-marks", asked.filter, asked.text, most],
    queryFn: async ({ signal }): Promise<readonly AssetRow[]> => {
      const rows: AssetRow[] = [];
      let cursor = "";
      do {
        const page = await readPage({ ...asked, sort: "" }, { cursor, offset: 0 }, Math.min(1000, most), signal);
        rows.push(...page.assets);
        cursor = page.next;
      } while (cursor && rows.length < most);
      return rows;
    },
    enabled: asked.filter !== "" || asked.text !== "",
    placeholderData: (before) => before,
  });

/** The asset that an element is, null for none. */
export const ofElementQuery = (element: string) =>
  queryOptions({
    queryKey: ["asset-of", element],
    queryFn: async ({ signal }): Promise<AssetRow | null> => {
      const page = await readPage({ filter: `element = ${quoted(element)}`, text: "", sort: "" }, fromFirst, 1, signal);
      return page.assets[0] ?? null;
    },
    enabled: element !== "",
  });

/** An asset by its element, id or tag as lists show it; for names that are typed. */
export const suggestionsQuery = (text: string) =>
  queryOptions({
    queryKey: ["asset-suggestions", text],
    queryFn: async ({ signal }) => (await readPage({ filter: "", text, sort: "" }, fromFirst, 8, signal)).assets,
    enabled: text !== "",
    placeholderData: (before) => before,
  });

/** Text as CQL2 quotes it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

export interface Attribute {
  readonly key: string;
  readonly names: Text;
  readonly unit: string;
  readonly type: string;
  readonly required: boolean;
  readonly enum: readonly (string | number)[];
}

export interface AssetClass {
  readonly key: string;
  readonly names: Text;
  readonly category: string;
  readonly attributes: readonly Attribute[];
}

export const rulesQuery = queryOptions({
  queryKey: ["asset-rules"],
  queryFn: ({ signal }) =>
    read<{ classes: readonly AssetClass[]; categories: readonly { readonly key: string; readonly names: Text }[] }>("/api/assets/rules", signal),
  staleTime: 600_000,
});

export interface Short {
  readonly id: string;
  readonly tag: string;
  readonly name: string | null;
  readonly name_zh: string | null;
  readonly asset_class: string;
  readonly status: string;
}

export interface LocationLink {
  readonly id: string;
  readonly kind: string;
  readonly name: string | null;
  readonly name_zh: string | null;
  readonly element: string | null;
  readonly total_count: number | null;
}

export interface Document {
  readonly id: string;
  readonly title: string;
  readonly type?: string;
  readonly url?: string;
  /** Where it is kept, if it is neither a link nor a file of the server. */
  readonly location?: string;
  readonly file?: string;
  readonly size?: number;
}

/** An asset with all that belongs to it; fields of the register by their names. */
export interface Asset extends Properties {
  readonly id: string;
  readonly tag: string;
  readonly revision: number;
  readonly element: string | null;
  readonly parent_asset: Short | null;
  readonly children: readonly Short[];
  readonly devices: readonly Properties[];
  readonly location_chain: readonly LocationLink[];
  readonly open_proposals: readonly string[];
  readonly template: AssetClass | null;
}

/** An asset and the state that an edit is made against. */
export interface Opened {
  readonly asset: Asset;
  readonly etag: string;
}

export const assetQuery = (id: string, moment = "") =>
  queryOptions({
    queryKey: ["asset", id, moment],
    queryFn: async ({ signal }): Promise<Opened> => {
      const answer = await askAsEditor(`${assetPath(id)}${moment ? `?datetime=${encodeURIComponent(moment)}` : ""}`, { signal });
      return { asset: (await answer.json()) as Asset, etag: answer.headers.get("etag") ?? "" };
    },
    enabled: id !== "",
  });

/** An asset as the Feature of its Collection, with its shape. */
export const assetFeatureQuery = (id: string) =>
  queryOptions({
    queryKey: ["asset-feature", id],
    queryFn: ({ signal }) => read<Feature>(`${itemPath("asset-register", id)}?f=json`, signal),
    enabled: id !== "",
  });

export function assetPath(id: string, part = ""): string {
  return `/api/assets/${encodeURIComponent(id)}${part && `/${part}`}`;
}

export interface Entry {
  readonly number: number;
  readonly at: string;
  readonly who: string;
  readonly why: string;
  readonly what: string;
  readonly collection: string;
  readonly before: Properties | null;
  readonly after: Properties | null;
  readonly digest: string;
}

export const historyQuery = (id: string) =>
  queryOptions({
    queryKey: ["asset-history", id, token() !== ""],
    queryFn: async ({ signal }) => (await read<{ entries: readonly Entry[] }>(assetPath(id, "history"), signal)).entries,
  });

/** Changes an asset, if it is still as the editor saw it.
 *
 * @throws {Problem} with findings where fields cannot be so (422), or because somebody was first (412).
 */
export async function changeAsset(id: string, change: object, etag: string, why: string): Promise<Opened> {
  const answer = await askAsEditor(`${assetPath(id)}${why ? `?why=${encodeURIComponent(why)}` : ""}`, {
    method: "PATCH",
    headers: { "content-type": "application/merge-patch+json", "if-match": etag },
    body: JSON.stringify(change),
  });
  return { asset: (await answer.json()) as Asset, etag: answer.headers.get("etag") ?? "" };
}

/** The entity tag of a row by its revision alone. */
export function revisionTag(revision: number): string {
  return `"${revision}"`;
}

/** Brings back the state after a numbered entry. */
export async function restoreAsset(id: string, entry: number, etag: string, why: string): Promise<void> {
  await askAsEditor(`${assetPath(id, "restore")}?why=${encodeURIComponent(why)}`, {
    method: "POST",
    headers: { "content-type": "application/json", "if-match": etag },
    body: JSON.stringify({ to: String(entry) }),
  });
}

export const proposalKinds = ["new", "moved", "changed", "removed"] as const;
export type ProposalKind = (typeof proposalKinds)[number];

export interface Proposal {
  readonly id: string;
  readonly kind: ProposalKind;
  readonly asset: string | null;
  readonly element: string | null;
  readonly model: string | null;
  readonly model_version: number | null;
  readonly state: string;
  readonly name: string | null;
  readonly asset_class: string | null;
  readonly storey_name: string | null;
  readonly distance: number | null;
  readonly before: Properties | null;
  readonly after: Properties | null;
}

export const proposalsQuery = (asked: { readonly state?: string; readonly kind?: string; readonly asset?: string }) =>
  queryOptions({
    queryKey: ["asset-proposals", asked, token() !== ""],
    queryFn: ({ signal }) =>
      read<{ proposals: readonly Proposal[]; numberMatched: number }>(`/api/asset-proposals?${parameters({ ...asked, limit: 1000 })}`, signal),
  });

export async function decideProposals(proposals: readonly string[], decision: "accept" | "reject", reason: string): Promise<void> {
  await askAsEditor("/api/asset-proposals/decisions", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ proposals, decision, reason }),
  });
}

/** A place of the register. */
export interface Place {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly nameZh: string;
  readonly path: string;
  readonly count: number;
}

const mostPlaces = 2000;

/** The places directly below one, "" for the outermost; those without assets are left out. */
export const placesQuery = (parent: string) =>
  queryOptions({
    queryKey: ["asset-places", parent],
    queryFn: async ({ signal }): Promise<readonly Place[]> => {
      const below = parent ? `parent = ${quoted(parent)}` : "parent IS NULL AND kind <> 'zone'";
      const said = parameters({ f: "json", limit: mostPlaces, skipGeometry: "true", filter: `${below} AND total_count > 0`, sortby: "level,name" });
      const page = await read<{ features: readonly Feature[] }>(`/ogc/collections/asset-locations/items?${said}`, signal);
      return page.features.map(placeOf);
    },
    staleTime: 120_000,
  });

/** A zone with the name by which assets know it. */
export interface Zone extends Place {
  readonly key: string;
}

/** All zones that have assets. */
export const zonesQuery = queryOptions({
  queryKey: ["asset-places", "zones"],
  queryFn: async ({ signal }): Promise<readonly Zone[]> => {
    const said = parameters({ f: "json", limit: mostPlaces, skipGeometry: "true", filter: "kind = 'zone' AND total_count > 0", sortby: "name" });
    const page = await read<{ features: readonly Feature[] }>(`/ogc/collections/asset-locations/items?${said}`, signal);
    return page.features.map((one) => ({ ...placeOf(one), key: String(one.properties["element"] ?? one.id).replace(/^[^:]*:/, "") }));
  },
  staleTime: 120_000,
});

function placeOf({ id, properties }: Feature): Place {
  const text = (name: string): string => (typeof properties[name] === "string" ? (properties[name] as string) : "");
  return { id: String(id), kind: text("kind"), name: text("name"), nameZh: text("name_zh"), path: text("path"), count: Number(properties["total_count"] ?? 0) };
}

/** What places are called, by id. */
export const placeNamesQuery = (ids: readonly string[], language: string) =>
  queryOptions({
    queryKey: ["asset-place-names", ids, language],
    queryFn: async ({ signal }): Promise<ReadonlyMap<string, string>> => {
      const features = await Promise.all(ids.map((id) => read<Feature>(`${itemPath("asset-locations", id)}?f=json`, signal).catch(() => null)));
      return new Map(features.filter((one) => one !== null).map((one) => [String(one.id), nameOfPlace(placeOf(one), language)]));
    },
    enabled: ids.length > 0,
    staleTime: 120_000,
  });

/** A place's name in a language. */
export function nameOfPlace({ id, name, nameZh }: Place, language: string): string {
  return (language !== "en" && nameZh) || name || id;
}

/** Assets of a list with their shapes, at most so many. */
export const shapesQuery = ({ filter, text }: Asked, most: number) =>
  queryOptions({
    queryKey: ["asset-shapes", filter, text, most],
    queryFn: async ({ signal }) => {
      const said = parameters({ f: "json", limit: most, properties: "tag,element", filter, q: text });
      return (await read<{ features: readonly Feature[] }>(`/ogc/collections/asset-register/items?${said}`, signal)).features;
    },
    placeholderData: (before) => before,
  });

export interface ExportForm {
  readonly format: "csv" | "xlsx" | "geojson";
  readonly name: string;
  readonly path: (asked: Asked) => string;
}

const mostExported = 10_000;

/** The forms in which the server gives a list, in a language. */
export function exportForms(language: string): readonly ExportForm[] {
  const book = (format: string) => ({ filter, text }: Asked) => `/api/handover/assets?${parameters({ format, lang: language, filter, text })}`;
  return [
    { format: "xlsx", name: "assets.xlsx", path: book("xlsx") },
    { format: "csv", name: "assets.csv", path: book("csv") },
    {
      format: "geojson",
      name: "assets.geojson",
      path: ({ filter, text, sort }) => `/ogc/collections/asset-register/items?${parameters({ f: "json", limit: mostExported, filter, q: text, sortby: sort })}`,
    },
  ];
}

const mostRooms = 3000;

/** Rooms of a storey by the model's id and the storey's name, with their shapes. */
/** Rooms of a storey, which is said by name or by GlobalId. */
export const roomsQuery = (model: string, storey: string) =>
  queryOptions({
    queryKey: ["asset-rooms", model, storey],
    queryFn: async ({ signal }) => {
      const filter = `model = ${quoted(model)} AND (storey_name = ${quoted(storey)} OR storey = ${quoted(storey)})`;
      const said = parameters({ f: "json", limit: mostRooms, properties: "name,long_name,storey_name", filter });
      return (await read<{ features: readonly Feature[] }>(`/ogc/collections/spaces/items?${said}`, signal)).features;
    },
    enabled: model !== "" && storey !== "",
    staleTime: 120_000,
  });

/** Adds a link or an upload to the documents of an asset. */
export async function addDocument(id: string, etag: string, document: { readonly title: string; readonly url?: string; readonly upload?: string }): Promise<void> {
  await askAsEditor(assetPath(id, "documents"), {
    method: "POST",
    headers: { "content-type": "application/json", "if-match": etag },
    body: JSON.stringify(document),
  });
}

export async function removeDocument(id: string, etag: string, document: string): Promise<void> {
  await askAsEditor(assetPath(id, `documents/${encodeURIComponent(document)}`), { method: "DELETE", headers: { "if-match": etag } });
}

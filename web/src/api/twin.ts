// What is asked about the elements of all models at once: the tree, what its nodes stand for, and values to colour by.
import { queryOptions } from "@tanstack/react-query";
import { getJson } from "./client.ts";
import { asOf } from "./features.ts";
import type { BBox, Site, Text } from "./types.ts";

/** The state that is asked about: the site's, at the instant at which it is seen. */
export type Seen = Pick<Site, "change" | "at">;

export interface FeatureName {
  readonly collection: string;
  readonly id: string;
}

/** A group in the tree. */
export interface TreeNode {
  /** Its address. */
  readonly node: string;
  readonly level: string;
  /** Its name; "" for what has none of this kind. */
  readonly label: string;
  readonly title?: string;
  readonly class?: string;
  /** What its class is called. */
  readonly words?: Text;
  readonly count: number;
  /** What opening it shows, "" for nothing. */
  readonly below: "groups" | "elements" | "";
  /** mPD, of storeys. */
  readonly elevation?: number | null;
  /** The Features that it stands for: one in each model that has it. */
  readonly features?: readonly FeatureName[];
}

export interface TreeElement {
  readonly node: string;
  readonly id: string;
  readonly label: string;
  readonly class: string;
  readonly words: Text;
}

export interface TreePage {
  readonly node: string;
  readonly count: number;
  readonly children: readonly TreeNode[];
  /** Where elements are next: a page of them. */
  readonly elements?: readonly TreeElement[];
}

/** Elements in a page. */
export const treePage = 200;

/** The groups of a node, or a page of its elements. */
export const treeQuery = (node: string, text: string, page: number, { change, at }: Seen) =>
  queryOptions({
    queryKey: ["twin-tree", node, text, page, change, at],
    queryFn: ({ signal }) =>
      getJson<TreePage>(
        `/api/twin/tree?node=${encodeURIComponent(node)}&q=${encodeURIComponent(text)}&offset=${page * treePage}&limit=${treePage}${asOf(at)}`,
        signal,
      ),
    staleTime: 300_000,
  });

/** Where the elements of a node are: degrees, and mPD. */
export interface Place {
  readonly bbox: BBox | null;
  readonly levels: readonly [number, number] | null;
}

export const placeQuery = (node: string, { change, at }: Seen) =>
  queryOptions({
    queryKey: ["twin-box", node, change, at],
    queryFn: ({ signal }) => getJson<Place>(`/api/twin/box?node=${encodeURIComponent(node)}${asOf(at)}`, signal),
  });

/** Elements by model: all of it, whole classes of storeys by name (`""` for none), or GlobalIds. */
export type Chosen = Readonly<Record<string, "all" | { readonly pairs: Readonly<Record<string, readonly string[]>> } | { readonly ids: readonly string[] }>>;

export const chosenQuery = (nodes: readonly string[], { change, at }: Seen) =>
  queryOptions({
    queryKey: ["twin-chosen", nodes, change, at],
    queryFn: async ({ signal }) => {
      const asked = nodes.map((node) => `node=${encodeURIComponent(node)}`).join("&");
      return (await getJson<{ models: Chosen }>(`/api/twin/selection?${asked}${asOf(at)}`, signal)).models;
    },
    enabled: nodes.length > 0,
    staleTime: 300_000,
  });

export interface Ids {
  readonly state: string;
  readonly ids: readonly string[];
}

/** Values of a model's elements in the order of its ids: words by number (-1 for none), or numbers. */
export type Values =
  | { readonly state: string; readonly words: readonly string[]; readonly codes: readonly number[]; readonly titles?: readonly Text[] }
  | { readonly state: string; readonly unit: string; readonly numbers: readonly (number | null)[] };

const modelPath = (model: string): string => `/api/twin/models/${encodeURIComponent(model)}`;

export const idsQuery = (model: string, { change, at }: Seen) =>
  queryOptions({
    queryKey: ["twin-ids", model, change, at],
    queryFn: ({ signal }) => getJson<Ids>(`${modelPath(model)}/ids${asOf(at, "?")}`, signal),
    staleTime: 300_000,
  });

export const valuesQuery = (model: string, of: string, { change, at }: Seen) =>
  queryOptions({
    queryKey: ["twin-values", model, of, change, at],
    queryFn: ({ signal }) => getJson<Values>(`${modelPath(model)}/values?of=${encodeURIComponent(of)}${asOf(at)}`, signal),
    staleTime: 300_000,
  });

/** A property of a set of a model's elements; `of` is what values are asked by. */
export interface SetProperty {
  readonly of: string;
  readonly set: string;
  readonly name: string;
  readonly count: number;
}

export const propertiesQuery = (model: string, { change, at }: Seen) =>
  queryOptions({
    queryKey: ["twin-properties", model, change, at],
    queryFn: async ({ signal }) => (await getJson<{ properties: readonly SetProperty[] }>(`${modelPath(model)}/properties${asOf(at, "?")}`, signal)).properties,
    staleTime: 300_000,
  });

// What is asked about time: the versions of models, when layers changed, and what a version changed.
import { queryOptions } from "@tanstack/react-query";
import { getJson } from "./client.ts";
import { onceMade, type Change, type Comparison } from "./submissions.ts";
import type { BBox, Model } from "./types.ts";

/** A model in one of its versions. */
export interface Version {
  readonly version: number;
  /** Instant from which it held. */
  readonly valid_from: string;
  /** Instant from which another held, null for the present one. */
  readonly valid_to: string | null;
  readonly tileset: string | null;
  readonly spaces: string | null;
  readonly placement: Model["placement"];
  readonly bbox: BBox | null;
  readonly count: number;
  /** Whether it is known what is other than in the version before. */
  readonly changes: boolean;
}

export interface Versions {
  /** By model, the newest first. */
  readonly models: Readonly<Partial<Record<string, readonly Version[]>>>;
  /** By layer, instants at which it changed, the oldest first. */
  readonly layers: Readonly<Partial<Record<string, readonly string[]>>>;
}

export const versionsQuery = (change: number) =>
  queryOptions({
    queryKey: ["versions", change],
    queryFn: ({ signal }) => getJson<Versions>("/api/twin/versions", signal),
    staleTime: 300_000,
  });

/** A change, and where the middle of what moved was and is: metres from the Earth's centre (EPSG:4978). */
export type PlacedChange = Change & { readonly arrow: readonly [readonly number[], readonly number[]] | null; readonly cause: string | null };

export interface ModelChanges extends Omit<Comparison, "changes"> {
  readonly model: string;
  readonly version: number;
  /** The version that it is compared with. */
  readonly since: number;
  readonly changes: readonly PlacedChange[];
  readonly before: Version | null;
  readonly after: Version;
}

/** A version of a model and an earlier one. */
export interface VersionPair {
  readonly model: string;
  readonly version: number;
  readonly since: number;
}

/** What two versions differ in, null for none; it may take as long as reading both files. */
export const modelChangesQuery = (compare: VersionPair | null, change: number) =>
  queryOptions({
    queryKey: ["model-changes", compare?.model, compare?.version, compare?.since, change],
    queryFn: async ({ signal }) => {
      const { model, version, since } = compare!;
      return (await (await onceMade(`/api/twin/models/${encodeURIComponent(model)}/changes?version=${version}&since=${since}`, signal)).json()) as ModelChanges;
    },
    staleTime: 300_000,
    retry: false,
    enabled: compare !== null,
  });

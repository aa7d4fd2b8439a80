// Submitted models in three dimensions before they are approved, and their elements.
import { queryOptions } from "@tanstack/react-query";
import { askAsEditor } from "./editor.ts";
import { onceMade, pathOf, type Comparison, type Submission } from "./submissions.ts";
import type { BBox, Feature, Model } from "./types.ts";
import type { PlacedChange, Version } from "./versions.ts";

/** Why nothing of a model can be seen. */
export const obstacles = ["waiting", "withdrawn", "published", "refused", "no-unit", "no-shapes", "gone"] as const;
export type Obstacle = (typeof obstacles)[number];

/** A submitted model that can be seen. */
export interface Preview {
  readonly state: "ready";
  readonly submission: string;
  readonly model: string;
  readonly tileset: string;
  readonly placement: Model["placement"];
  readonly bbox: BBox | null;
  /** Lowest and highest level, mPD. */
  readonly levels: readonly [number, number] | null;
  /** Elements that are drawn. */
  readonly elements: number;
  /** Elements that should have a shape, and those that have one. */
  readonly wanted: number;
  readonly shapes: number;
  /** GlobalIds of elements that are drawn and that findings name. */
  readonly found: readonly string[];
  /** The version in the twin, null where it has none. */
  readonly accepted: Pick<Version, "version" | "tileset" | "placement" | "count"> | null;
  /** What is other than in that version, null where that is not known; old and new values are told with each element. */
  readonly changes: (Omit<Comparison, "changes"> & { readonly changes: readonly PlacedChange[] }) | null;
}

export interface NoPreview {
  readonly state: "none";
  readonly model: string;
  readonly reason: Obstacle;
}

/** `beside` is the tileset of the version in the twin: another version there makes another preview. */
export const previewQuery = (submission: Submission, model: string, beside: string) =>
  queryOptions({
    queryKey: ["preview", submission.id, submission.state, submission.job, model, beside],
    queryFn: async ({ signal }) => (await (await onceMade(pathOf(submission.id, "models", model, "preview"), signal)).json()) as Preview | NoPreview,
    retry: false,
    staleTime: 60_000,
  });

/** An element or a space of a submitted model, with what is other than in the twin; null where nothing is, or that is not known. */
export type SubmittedFeature = Feature & { readonly change: PlacedChange | null };

export const submittedQuery = (submission: string, model: string, globalId: string) =>
  queryOptions({
    queryKey: ["submitted", submission, model, globalId],
    queryFn: async ({ signal }) => (await (await askAsEditor(pathOf(submission, "models", model, "preview", "elements", globalId), { signal })).json()) as SubmittedFeature,
    retry: false,
    staleTime: 60_000,
  });

// Views as BCF archives and back: the server knows the models' own coordinates.
import type { EarthPlane, Eye } from "../scene/viewpoint.ts";
import { askAsEditor } from "./editor.ts";

export interface ViewOut {
  readonly model: string;
  readonly title: string;
  readonly description: string;
  readonly version: "2.1" | "3.0";
  readonly camera: Eye;
  readonly planes: readonly EarthPlane[];
  /** GlobalIds. */
  readonly selection: readonly string[];
  /** Nodes of the tree. */
  readonly only: readonly string[];
  readonly hidden: readonly string[];
  readonly spaces: boolean;
  /** PNG in base64. */
  readonly snapshot: string;
}

export interface ViewIn {
  readonly guid: string;
  readonly camera: Eye | null;
  /** GlobalIds. */
  readonly selection: readonly string[];
  /** Whether what is no exception is shown. */
  readonly default: boolean;
  readonly exceptions: readonly string[];
  readonly spaces: boolean;
  readonly colours: readonly { readonly colour: string; readonly ids: readonly string[] }[];
  readonly planes: readonly EarthPlane[];
  /** As an address, "" without. */
  readonly snapshot: string;
  /** Why it cannot be shown. */
  readonly problem?: string;
}

export interface TopicIn {
  readonly guid: string;
  readonly title: string;
  readonly description: string;
  readonly status: string;
  readonly viewpoints: readonly ViewIn[];
}

export interface ArchiveIn {
  readonly model: string;
  readonly version: string;
  /** Topics of the archive. */
  readonly count: number;
  readonly topics: readonly TopicIn[];
}

/** The view as an archive. Raises Problem. */
export async function writeView(view: ViewOut): Promise<Blob> {
  return (await askAsEditor("/api/twin/viewpoints", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(view) })).blob();
}

/** The viewpoints of an archive; of the model that it says, or of the one that is chosen. Raises Problem. */
export async function readArchive(file: Blob, model: string): Promise<ArchiveIn> {
  const query = model ? `?model=${encodeURIComponent(model)}` : "";
  const answer = await askAsEditor(`/api/twin/viewpoints/read${query}`, { method: "POST", headers: { "content-type": "application/octet-stream" }, body: file });
  return (await answer.json()) as ArchiveIn;
}

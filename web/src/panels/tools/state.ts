// What the tools remember during this visit: which is open, and what is being measured. What is worth sharing is in the view.
import { create } from "zustand";
import type { MeasureKind } from "../../scene/tools/measures.ts";
import { pointsOf } from "../../scene/tools/measures.ts";
import type { Probe } from "../../scene/tools/probe.ts";
import type { GridPosition } from "../../scene/tools/readings.ts";

export const tools = ["cut", "plan", "measure", "walk", "sun", "spaces", "picture", "compare", "time", "bookmarks", "bcf", "keys"] as const;
export type Tool = (typeof tools)[number];

interface ToolState {
  readonly open: Tool | null;
  /** A section waits for a face. */
  readonly facing: boolean;
  readonly kind: MeasureKind;
  readonly points: readonly Probe[];
  /** Of the points, as the server knows them; those that it has not answered yet are missing. */
  readonly grid: readonly GridPosition[];
  readonly walking: boolean;
  readonly shadows: boolean | null;
}

export const useTools = create<ToolState>(() => ({ open: null, facing: false, kind: "distance", points: [], grid: [], walking: false, shadows: null }));

/** Opens a tool, or closes it if it is open. */
export function toggle(tool: Tool): void {
  useTools.setState(({ open }) => ({ open: open === tool ? null : tool, facing: false, points: [], grid: [], walking: false }));
}

export function close(): void {
  useTools.setState({ open: null, facing: false, points: [], grid: [], walking: false });
}

/** Takes a measured point; after the last one a new measure begins. */
export function addPoint(point: Probe): void {
  useTools.setState(({ kind, points, grid }) => (points.length >= pointsOf[kind].most ? { points: [point], grid: [] } : { points: [...points, point], grid }));
}

export function takeBack(): void {
  useTools.setState(({ points, grid }) => ({ points: points.slice(0, -1), grid: grid.slice(0, points.length - 1) }));
}

export function measureAs(kind: MeasureKind): void {
  useTools.setState({ kind, points: [], grid: [] });
}

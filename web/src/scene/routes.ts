// Ways in the scene: each leg in the colour of how one moves, and the box that holds it. Pure.
import type { Leg } from "../api/ways.ts";
import { boxOf } from "../api/geometry.ts";
import type { BBox, Position } from "../api/types.ts";
import { rgb, type Rgb } from "./appearance.ts";
import type { Stroke } from "./strokes.ts";

const walked = rgb("#d55e00");
const carried = rgb("#0072b2");
const marked = rgb("#e69f00");
const carriers: ReadonlySet<string> = new Set(["lift", "escalator", "walkway", "boarding"]);

export function colourOfMode(mode: string): Rgb {
  return carriers.has(mode) ? carried : walked;
}

/** The legs as lines; the one that is pointed at stands out. */
export function wayStrokes(legs: readonly Leg[], current: number): Stroke[] {
  return legs.flatMap(({ geometry, properties: { mode, leg } }) =>
    geometry ? [{ line: geometry.coordinates, colour: leg === current ? marked : colourOfMode(mode), widthPx: leg === current ? 10 : 6, mark: null }] : [],
  );
}

export function positionsOfWay(legs: readonly Leg[]): Position[] {
  return legs.flatMap(({ geometry }) => [...(geometry?.coordinates ?? [])]);
}

/** Box of a way, degrees, and its lowest and highest metres above the ellipsoid; null for a way without a place. */
export function boxOfWay(legs: readonly Leg[]): { readonly bbox: BBox; readonly heights: readonly [number, number] } | null {
  const positions = positionsOfWay(legs);
  const bbox = boxOf(positions);
  if (!bbox) return null;
  const heights = positions.map(([, , height = 0]) => height);
  return { bbox, heights: [Math.min(...heights), Math.max(...heights)] };
}

// Where to point at something that has a box. Pure.
import type { BBox } from "../../api/types.ts";
import type { Spot } from "../../state.ts";

/** The middle of a box of degrees, with or without heights; `level` in mPD, null for the ground. */
export function spotOf(bbox: BBox, level: number | null, text: string): Spot | null {
  const [west, south, east, north] = bbox.length >= 6 ? [bbox[0], bbox[1], bbox[3], bbox[4]] : bbox;
  if (west === undefined || south === undefined || east === undefined || north === undefined) return null;
  return { lon: (west + east) / 2, lat: (south + north) / 2, level, text };
}

// Planes of other programs as a section of ours: by the axes of a turned frame as far as they fit, one free plane for another. Pure.
import type { Cut, Face, Range } from "./tools/cut.ts";

type Vector = readonly [number, number, number];

/** A plane in a frame of east, north, up: a place on it, and the way to what is taken away. */
export interface Plane {
  readonly at: Vector;
  readonly away: Vector;
}

const alignedCos = Math.cos((0.05 * Math.PI) / 180);
const levelSin = Math.sin((0.05 * Math.PI) / 180);

/** A section with these planes at a place (degrees, metres above the ellipsoid) to which they are given, and how many did not fit into it. */
export function cutOf(planes: readonly Plane[], [lon, lat, height]: Vector): { readonly cut: Cut | null; readonly left: number } {
  const clean = planes.flatMap(({ at, away }): Plane[] => {
    const length = Math.hypot(...away);
    return length > 0 && [...at, ...away].every(Number.isFinite) ? [{ at, away: scaled(away, 1 / length) }] : [];
  });
  if (clean.length === 0) return { cut: null, left: planes.length };
  const upright = clean.find(({ away }) => Math.abs(away[2]) < levelSin);
  const turn = upright ? quarter(Math.atan2(upright.away[0], upright.away[1])) : 0;
  const axes: readonly Vector[] = [[Math.cos(turn), -Math.sin(turn), 0], [Math.sin(turn), Math.cos(turn), 0], [0, 0, 1]];
  const ranges: Range[] = [[null, null], [null, null], [null, null]];
  let face: Face | null = null;
  let left = planes.length - clean.length;
  for (const plane of clean) {
    const number = axes.findIndex((axis) => Math.abs(dot(axis, plane.away)) > alignedCos);
    if (number >= 0) ranges[number] = narrowed(ranges[number]!, dot(axes[number]!, plane.at), dot(axes[number]!, plane.away) > 0);
    else if (!face) face = faceOf(plane);
    else left++;
  }
  const [x, y, z] = ranges as [Range, Range, Range];
  return { cut: { lon, lat, height, heading: ((turn * 180) / Math.PI + 360) % 360, x, y, z, face, ground: false }, left };
}

/** What two limits of a side leave: the nearer of both. */
function narrowed([low, high]: Range, at: number, isUpper: boolean): Range {
  return isUpper ? [low, high === null ? at : Math.min(high, at)] : [low === null ? at : Math.max(low, at), high];
}

function faceOf({ at, away: [x, y, z] }: Plane): Face {
  const degrees = 180 / Math.PI;
  return { azimuth: (Math.atan2(x, y) * degrees + 360) % 360, tilt: Math.asin(Math.max(-1, Math.min(1, z))) * degrees, offset: dot(at, [x, y, z]) };
}

/** Within an eighth of a turn. */
function quarter(angle: number): number {
  return angle - Math.round(angle / (Math.PI / 2)) * (Math.PI / 2);
}

function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function scaled([x, y, z]: Vector, by: number): Vector {
  return [x * by, y * by, z * by];
}

// Lengths, heights, areas and angles of points that were measured. Pure: positions are Earth-centred, metres.

export type Vector = readonly [x: number, y: number, z: number];

/** A measured point: Earth-centred, and longitude, latitude in degrees with the height above the WGS 84 ellipsoid. */
export interface Measured {
  readonly at: Vector;
  readonly lon: number;
  readonly lat: number;
  readonly height: number;
}

export const measureKinds = ["point", "distance", "line", "area", "angle"] as const;
export type MeasureKind = (typeof measureKinds)[number];

/** How many points a measure takes at most, and how many it needs. */
export const pointsOf: Readonly<Record<MeasureKind, { readonly most: number; readonly least: number }>> = {
  point: { most: 1, least: 1 },
  distance: { most: 2, least: 2 },
  line: { most: 200, least: 2 },
  area: { most: 200, least: 3 },
  angle: { most: 3, least: 3 },
};

/** Straight through space, its rise, and its length on the level; metres. */
export interface Span {
  readonly straight: number;
  readonly rise: number;
  readonly level: number;
}

/** From one point to another. The rise is the difference of heights; the level length is what Pythagoras leaves. */
export function span(from: Measured, to: Measured): Span {
  const straight = length(minus(to.at, from.at));
  const rise = to.height - from.height;
  return { straight, rise, level: Math.sqrt(Math.max(0, straight ** 2 - rise ** 2)) };
}

/** Length along the points, metres. */
export function lengthAlong(points: readonly Measured[]): number {
  return points.slice(1).reduce((sum, point, at) => sum + span(points[at]!, point).straight, 0);
}

/** An area in the plane that fits the points best, its projection onto the level, square metres, and its outline in metres. */
export interface Area {
  readonly plane: number;
  readonly level: number;
  readonly outline: number;
}

/** Area of a closed ring: half the length of Newell's normal; on the level, its upright part. */
export function area(points: readonly Measured[]): Area {
  const middle = points[0]!;
  const ring = points.map(({ at }) => minus(at, middle.at));
  const normal = ring.reduce<Vector>((sum, one, at) => plus(sum, cross(one, ring[(at + 1) % ring.length]!)), [0, 0, 0]);
  return { plane: length(normal) / 2, level: Math.abs(dot(normal, upAt(middle))) / 2, outline: lengthAlong([...points, middle]) };
}

/** At the second of three points, degrees; null where two of them are one. */
export function angle([from, at, to]: readonly [Measured, Measured, Measured]): number | null {
  const [a, b] = [minus(from.at, at.at), minus(to.at, at.at)];
  if (length(a) === 0 || length(b) === 0) return null;
  return (Math.atan2(length(cross(a, b)), dot(a, b)) * 180) / Math.PI;
}

/** Up, at a place. */
function upAt({ lon, lat }: Measured): Vector {
  const [l, p] = [(lon * Math.PI) / 180, (lat * Math.PI) / 180];
  return [Math.cos(p) * Math.cos(l), Math.cos(p) * Math.sin(l), Math.sin(p)];
}

function plus(a: Vector, b: Vector): Vector {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

function minus(a: Vector, b: Vector): Vector {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

function length(a: Vector): number {
  return Math.hypot(...a);
}

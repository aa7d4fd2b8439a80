// What is cut away from the models, as numbers: a box in a turned frame of which each side may be open, and one free plane. Pure.
export const axes = ["x", "y", "z"] as const;
export type Axis = (typeof axes)[number];

/** Kept between the two, metres from the middle of the frame; null is open. */
export type Range = readonly [low: number | null, high: number | null];

/** A plane through a face that was pointed at; kept is what lies behind it. */
export interface Face {
  /** Of the outward normal, degrees clockwise from north. */
  readonly azimuth: number;
  /** Of the outward normal above the horizon, degrees. */
  readonly tilt: number;
  /** Of the plane from the middle along the normal, metres. */
  readonly offset: number;
}

/** A section. Its frame stands at `lon`, `lat` (degrees), `height` (metres above the WGS 84 ellipsoid); x to the right, y ahead along `heading`, z up. */
export interface Cut {
  readonly lon: number;
  readonly lat: number;
  readonly height: number;
  /** Of y, degrees clockwise from north. */
  readonly heading: number;
  readonly x: Range;
  readonly y: Range;
  readonly z: Range;
  readonly face: Face | null;
  /** Whether the terrain is cut too. */
  readonly ground: boolean;
}

/** What is kept: dot(normal, p) + distance >= 0, in the frame of the cut. */
export interface HalfSpace {
  readonly normal: readonly [number, number, number];
  readonly distance: number;
}

const open: Range = [null, null];

/** The half spaces whose common part is kept. */
export function halfSpaces(cut: Cut): HalfSpace[] {
  const found: HalfSpace[] = [];
  axes.forEach((axis, at) => {
    const [low, high] = cut[axis];
    if (low !== null) found.push({ normal: unit(at, 1), distance: -low });
    if (high !== null) found.push({ normal: unit(at, -1), distance: high });
  });
  if (cut.face) {
    const [x, y, z] = normalOf(cut.face, cut.heading);
    found.push({ normal: [-x, -y, -z], distance: cut.face.offset });
  }
  return found;
}

/** The outward normal of a face in a frame that is turned by `heading`. */
export function normalOf({ azimuth, tilt }: Face, heading: number): [number, number, number] {
  const turn = radians(azimuth - heading);
  const level = Math.cos(radians(tilt));
  return [level * Math.sin(turn), level * Math.cos(turn), Math.sin(radians(tilt))];
}

/** Whether all sides are closed. */
export function isBox(cut: Cut): boolean {
  return axes.every((axis) => cut[axis].every((limit) => limit !== null));
}

/** Keeps the other side of the planes of an axis: what was beyond a single plane; a closed pair stays. */
export function flipped(cut: Cut, axis: Axis): Cut {
  const [low, high] = cut[axis];
  return (low === null) === (high === null) ? cut : { ...cut, [axis]: [high, low] };
}

/** The same face, with the other side kept. */
export function turned({ azimuth, tilt, offset }: Face): Face {
  return { azimuth: (azimuth + 180) % 360, tilt: -tilt, offset: -offset };
}

/** The cut with one limit elsewhere; limits of an axis never pass each other. */
export function moved(cut: Cut, axis: Axis, end: 0 | 1, to: number | null): Cut {
  const [low, high] = cut[axis];
  const range: Range = end === 0 ? [to === null || high === null ? to : Math.min(to, high), high] : [low, to === null || low === null ? to : Math.max(to, low)];
  return { ...cut, [axis]: range };
}

/** A frame without any plane. */
export function frameAt(lon: number, lat: number, height: number, heading = 0): Cut {
  return { lon, lat, height, heading, x: open, y: open, z: open, face: null, ground: false };
}

/** A storey is cut this far above its level, as drawings are. */
const planAboveM = 1.2;
/** The floor itself and what hangs below it is seen this far down. */
const planBelowM = 0.6;

/** What a plan keeps: `around` is the box of the storey, `level` the ellipsoidal height of its floor, metres. */
export function planCut(around: Cut, level: number, north: boolean): Cut {
  return { ...frameAt(around.lon, around.lat, level, north ? 0 : around.heading), z: [-planBelowM, planAboveM] };
}

/** The box of the smallest rectangle around positions (degrees) between two ellipsoidal heights, `margin` metres wider on all sides; null without positions. */
export function boxAround(positions: readonly (readonly number[])[], bottom: number, top: number, margin: number): Cut | null {
  if (positions.length === 0) return null;
  const [lon0, lat0] = [positions[0]![0]!, positions[0]![1]!];
  const [perLon, perLat] = metresPerDegree(lat0);
  const points = positions.map((p): Point => [(p[0]! - lon0) * perLon, (p[1]! - lat0) * perLat]);
  const { angle, west, east, south, north } = smallestRectangle(points);
  const [x, y] = rotate([(west + east) / 2, (south + north) / 2], angle);
  const half = (low: number, high: number): Range => [-(high - low) / 2 - margin, (high - low) / 2 + margin];
  return {
    ...frameAt(lon0 + x / perLon, lat0 + y / perLat, (bottom + top) / 2, (360 - degrees(angle)) % 360),
    x: half(west, east),
    y: half(south, north),
    z: half(bottom, top),
  };
}

/** Metres of a degree of longitude and of latitude on the WGS 84 ellipsoid, by the usual series in the latitude. */
function metresPerDegree(lat: number): [lon: number, lat: number] {
  const cos = (times: number): number => Math.cos(times * radians(lat));
  return [111_412.84 * cos(1) - 93.5 * cos(3) + 0.118 * cos(5), 111_132.954 - 559.822 * cos(2) + 1.175 * cos(4)];
}

type Point = readonly [number, number];

interface Rectangle {
  /** By which its sides are turned from east and north, radians anticlockwise, within 45 degrees. */
  readonly angle: number;
  readonly west: number;
  readonly east: number;
  readonly south: number;
  readonly north: number;
}

/** A side of the smallest rectangle lies on a side of the hull; the sides of the points' own ring hold those of the hull or are no worse. */
function smallestRectangle(points: readonly Point[]): Rectangle {
  const angles = new Set([0]);
  const ring = hull(points);
  ring.forEach(([x, y], at) => {
    const [nextX, nextY] = ring[(at + 1) % ring.length]!;
    if (Math.hypot(nextX - x, nextY - y) > 0.01) angles.add(withinQuarter(Math.atan2(nextY - y, nextX - x)));
  });
  const all = [...angles].map((angle) => rectangleAt(ring, angle));
  const size = ({ west, east, south, north }: Rectangle): number => (east - west) * (north - south);
  return all.reduce((best, one) => (size(one) < size(best) * 0.999 ? one : best));
}

function rectangleAt(points: readonly Point[], angle: number): Rectangle {
  const seen = points.map((point) => rotate(point, -angle));
  const xs = seen.map(([x]) => x);
  const ys = seen.map(([, y]) => y);
  return { angle, west: Math.min(...xs), east: Math.max(...xs), south: Math.min(...ys), north: Math.max(...ys) };
}

/** Convex hull by monotone chains. */
function hull(points: readonly Point[]): Point[] {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const chain = (some: readonly Point[]): Point[] => {
    const kept: Point[] = [];
    for (const point of some) {
      while (kept.length > 1 && cross(kept[kept.length - 2]!, kept[kept.length - 1]!, point) <= 0) kept.pop();
      kept.push(point);
    }
    return kept.slice(0, -1);
  };
  const ring = [...chain(sorted), ...chain(sorted.reverse())];
  return ring.length ? ring : [points[0]!];
}

function cross(a: Point, b: Point, c: Point): number {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}

function rotate([x, y]: Point, angle: number): Point {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return [c * x - s * y, s * x + c * y];
}

function withinQuarter(angle: number): number {
  const quarter = Math.PI / 2;
  return angle - Math.round(angle / quarter) * quarter;
}

/** A cut as the address writes it: the frame, six limits (empty for open), the face if any, `g` for the ground. */
export function cutText(cut: Cut): string {
  const { lon, lat, height, heading, x, y, z, face, ground } = cut;
  const limits = [...x, ...y, ...z].map((limit) => (limit === null ? "" : limit.toFixed(2)));
  const plane = face ? [face.azimuth.toFixed(2), face.tilt.toFixed(2), face.offset.toFixed(2)] : [];
  return [lon.toFixed(7), lat.toFixed(7), height.toFixed(2), heading.toFixed(2), ...limits, ...plane, ...(ground ? ["g"] : [])].join(",");
}

/** The cut of such a text, null where it cannot be read. */
export function readCut(text: string): Cut | null {
  const parts = text.split(",");
  const ground = parts.at(-1) === "g";
  if (ground) parts.pop();
  if (parts.length !== 10 && parts.length !== 13) return null;
  const numbers = parts.map((part) => (part === "" ? null : Number(part)));
  const frame = numbers.slice(0, 4);
  if (frame.includes(null) || parts.slice(10).includes("") || numbers.some((number) => number !== null && !Number.isFinite(number))) return null;
  const [lon, lat, height, heading] = frame as [number, number, number, number];
  const [azimuth, tilt, offset] = numbers.slice(10) as [number?, number?, number?];
  if (Math.abs(lon) > 180 || Math.abs(lat) > 90) return null;
  const range = (at: number): Range => [numbers[at]!, numbers[at + 1]!];
  const face = azimuth === undefined ? null : { azimuth, tilt: tilt!, offset: offset! };
  return { lon, lat, height, heading, x: range(4), y: range(6), z: range(8), face, ground };
}

function unit(at: number, sign: number): [number, number, number] {
  return [at === 0 ? sign : 0, at === 1 ? sign : 0, at === 2 ? sign : 0];
}

function radians(angle: number): number {
  return (angle * Math.PI) / 180;
}

function degrees(angle: number): number {
  return (angle * 180) / Math.PI;
}

// Rooms as shapes on paper: metres right and down from the middle of a storey, turned so that its walls lie square. Pure.
import type { Feature } from "../../../api/types.ts";

const degree = Math.PI / 180;
const metresPerDegree = 111_320;

/** Left, top, width and height in metres. */
export interface Frame {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** From degrees to paper. */
export interface Paper {
  readonly at: (lon: number, lat: number) => readonly [x: number, y: number];
  /** Degrees that north stands from up, clockwise. */
  readonly north: number;
}

type Ring = readonly (readonly number[])[];

/** Rings of the polygons of a Feature, in degrees. */
export function ringsOf({ geometry }: Feature): readonly Ring[] {
  if (geometry?.type === "Polygon") return geometry.coordinates as unknown as readonly Ring[];
  if (geometry?.type === "MultiPolygon") return (geometry.coordinates as unknown as readonly (readonly Ring[])[]).flat();
  return [];
}

/** Paper on which the walls of these rooms lie square, or with north up. */
export function paperOf(rooms: readonly Feature[], northUp: boolean): Paper {
  const rings = rooms.flatMap(ringsOf);
  const points = rings.flat();
  const middle = (at: number): number => (points.length ? (Math.min(...spread(points, at)) + Math.max(...spread(points, at))) / 2 : 0);
  const [lon0, lat0] = [middle(0), middle(1)];
  const narrow = Math.cos(lat0 * degree);
  const flat = (lon: number, lat: number): readonly [number, number] => [(lon - lon0) * narrow * metresPerDegree, (lat - lat0) * metresPerDegree];
  const turn = northUp ? 0 : -mainAngle(rings, flat);
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  return {
    at: (lon, lat) => {
      const [east, north] = flat(lon, lat);
      return [east * cos - north * sin, -(east * sin + north * cos)];
    },
    north: -turn / degree,
  };
}

function spread(points: Ring, at: number): number[] {
  let [low, high] = [Infinity, -Infinity];
  for (const point of points) {
    low = Math.min(low, point[at]!);
    high = Math.max(high, point[at]!);
  }
  return [low, high];
}

/** Direction of most of the walls, from -45 to 45 degrees in radians: the mean of four times their angles, which right angles share. */
function mainAngle(rings: readonly Ring[], flat: (lon: number, lat: number) => readonly [number, number]): number {
  let [x, y] = [0, 0];
  for (const ring of rings) {
    for (let at = 1; at < ring.length; at++) {
      const [east0, north0] = flat(ring[at - 1]![0]!, ring[at - 1]![1]!);
      const [east, north] = flat(ring[at]![0]!, ring[at]![1]!);
      const length = Math.hypot(east - east0, north - north0);
      const angle = 4 * Math.atan2(north - north0, east - east0);
      x += length * Math.cos(angle);
      y += length * Math.sin(angle);
    }
  }
  return Math.atan2(y, x) / 4;
}

/** The outline of a Feature as SVG writes it, and the frame around it; null for what has no area. */
export function outlineOf(feature: Feature, paper: Paper): { readonly d: string; readonly frame: Frame } | null {
  const rings = ringsOf(feature).map((ring) => ring.map(([lon, lat]) => paper.at(lon!, lat!)));
  if (rings.length === 0) return null;
  const d = rings.map((ring) => `M${ring.map(([x, y]) => `${x.toFixed(2)} ${y.toFixed(2)}`).join("L")}Z`).join("");
  return { d, frame: frameOf(rings.flat()) };
}

export function frameOf(points: readonly (readonly [number, number])[]): Frame {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** The frame around frames, with a margin. */
export function around(frames: readonly Frame[], margin = 0.04): Frame {
  if (frames.length === 0) return { x: -10, y: -10, width: 20, height: 20 };
  const whole = frameOf(frames.flatMap(({ x, y, width, height }) => [[x, y] as const, [x + width, y + height] as const]));
  const more = margin * Math.max(whole.width, whole.height);
  return { x: whole.x - more, y: whole.y - more, width: whole.width + 2 * more, height: whole.height + 2 * more };
}

/** The middle of a Feature's shape in degrees, null for none. */
export function middleOf({ geometry }: Feature): readonly [number, number] | null {
  if (!geometry || !("coordinates" in geometry)) return null;
  const numbers = (geometry.coordinates as unknown[]).flat(4) as number[];
  const step = geometry.type === "Point" || !Array.isArray((geometry.coordinates as unknown[])[0]) ? geometry.coordinates.length : dimension(geometry.coordinates);
  const lons = numbers.filter((_, at) => at % step === 0);
  const lats = numbers.filter((_, at) => at % step === 1);
  return lons.length ? [(Math.min(...lons) + Math.max(...lons)) / 2, (Math.min(...lats) + Math.max(...lats)) / 2] : null;
}

function dimension(coordinates: unknown): number {
  let inner = coordinates as unknown[];
  while (Array.isArray(inner[0])) inner = inner[0] as unknown[];
  return inner.length;
}

// Areas and lines that lie on the ground, in degrees: drawn onto a tile, found again by a point. Pure but for the canvas.
import { boxOf, linesOf, polygonsOf, touches } from "../api/geometry.ts";
import type { BBox, Feature, Position } from "../api/types.ts";

/** One Feature on the ground. */
export interface GroundShape {
  readonly id: string;
  /** West, south, east, north, degrees. */
  readonly box: readonly [number, number, number, number];
  /** Polygons, each an outer ring and holes. */
  readonly areas: readonly (readonly (readonly Position[])[])[];
  readonly lines: readonly (readonly Position[])[];
}

/** How a layer's areas and lines look; CSS colours. */
export interface GroundLook {
  readonly stroke: string;
  readonly fill: string | null;
}

/** The ground parts of a Feature; null when it has none. */
export function groundShape(feature: Feature): GroundShape | null {
  if (!feature.geometry) return null;
  const areas = [...polygonsOf(feature.geometry)];
  const lines = [...linesOf(feature.geometry)];
  const box = boxOf([...areas.map(([outer]) => outer ?? []), ...lines].flat());
  return box ? { id: String(feature.id), box, areas, lines } : null;
}

const areaEdgePx = 2.2;
const linePx = 4;
const casingPx = 1.6;

/** Draws the shapes that touch `tile` (degrees) over the whole of a canvas of `size` pixels. */
export function paintTile(context: CanvasRenderingContext2D, size: number, tile: BBox, shapes: readonly GroundShape[], look: GroundLook): void {
  const [west, , , north] = tile as [number, number, number, number];
  const scaleX = size / (tile[2]! - west);
  const scaleY = size / (north - tile[1]!);
  const trace = (positions: readonly Position[]): void => {
    positions.forEach(([lon, lat], index) => {
      const [x, y] = [(lon! - west) * scaleX, (north - lat!) * scaleY];
      if (index === 0) context.moveTo(x, y);
      else context.lineTo(x, y);
    });
  };
  const near = shapes.filter(({ box }) => touches(box, tile));
  context.lineJoin = context.lineCap = "round";

  context.beginPath();
  for (const { areas } of near) for (const rings of areas) rings.forEach(trace);
  if (look.fill) {
    context.fillStyle = look.fill;
    context.fill("evenodd");
  }
  context.strokeStyle = look.stroke;
  context.lineWidth = areaEdgePx;
  context.stroke();

  context.beginPath();
  for (const { lines } of near) lines.forEach(trace);
  context.strokeStyle = "rgba(255, 255, 255, 0.3)";
  context.lineWidth = linePx + casingPx;
  context.stroke();
  context.strokeStyle = look.stroke;
  context.lineWidth = linePx;
  context.stroke();
}

/** A shape at a point, and how good a match it is: less is better. */
export interface Hit {
  readonly id: string;
  readonly rank: number;
}

/** The best of the shapes at a point: a line within `tolerance` degrees before an area, a small area before a large one. */
export function hit(shapes: readonly GroundShape[], lon: number, lat: number, tolerance: number): Hit | null {
  const reach: BBox = [lon - tolerance, lat - tolerance, lon + tolerance, lat + tolerance];
  let best: Hit | null = null;
  for (const shape of shapes) {
    if (!touches(shape.box, reach)) continue;
    const rank = rankAt(shape, lon, lat, tolerance);
    if (rank !== null && (best === null || rank < best.rank)) best = { id: shape.id, rank };
  }
  return best;
}

function rankAt({ box, areas, lines }: GroundShape, lon: number, lat: number, tolerance: number): number | null {
  const distance = Math.min(Infinity, ...lines.map((line) => distanceTo(line, lon, lat)));
  if (distance <= tolerance) return distance - 1;
  if (areas.some((rings) => inside(rings, lon, lat))) return (box[2] - box[0]) * (box[3] - box[1]);
  return null;
}

/** Even-odd rule over all rings, so that holes count out. */
function inside(rings: readonly (readonly Position[])[], lon: number, lat: number): boolean {
  let odd = false;
  for (const ring of rings)
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [xi, yi] = ring[i] as [number, number];
      const [xj, yj] = ring[j] as [number, number];
      if (yi > lat !== yj > lat && lon < ((xj - xi) * (lat - yi)) / (yj - yi) + xi) odd = !odd;
    }
  return odd;
}

/** Distance in degrees of latitude; longitudes are shortened as they are on the ground. */
function distanceTo(line: readonly Position[], lon: number, lat: number): number {
  const shrink = Math.cos((lat * Math.PI) / 180);
  let least = Infinity;
  for (let i = 1; i < line.length; i++) {
    const [ax, ay] = [(line[i - 1]![0]! - lon) * shrink, line[i - 1]![1]! - lat];
    const [bx, by] = [(line[i]![0]! - lon) * shrink, line[i]![1]! - lat];
    const [dx, dy] = [bx - ax, by - ay];
    const length2 = dx * dx + dy * dy;
    const t = length2 === 0 ? 0 : Math.min(1, Math.max(0, -(ax * dx + ay * dy) / length2));
    least = Math.min(least, Math.hypot(ax + t * dx, ay + t * dy));
  }
  return least;
}

// Geometries taken apart, and their boxes. Coordinates are longitude, latitude in degrees. Pure.
import type { BBox, Feature, Geometry, Position } from "./types.ts";

/** A polygon: its outer ring, then its holes. */
export type Rings = readonly (readonly Position[])[];

/** The parts of a geometry that are polygons. */
export function* polygonsOf(geometry: Geometry): Generator<Rings> {
  if (geometry.type === "Polygon") yield geometry.coordinates;
  else if (geometry.type === "MultiPolygon") yield* geometry.coordinates;
  else if (geometry.type === "GeometryCollection") for (const part of geometry.geometries) yield* polygonsOf(part);
}

/** The parts of a geometry that are lines; not the rings of polygons. */
export function* linesOf(geometry: Geometry): Generator<readonly Position[]> {
  if (geometry.type === "LineString") yield geometry.coordinates;
  else if (geometry.type === "MultiLineString") yield* geometry.coordinates;
  else if (geometry.type === "GeometryCollection") for (const part of geometry.geometries) yield* linesOf(part);
}

/** The parts of a geometry that are points. */
export function* pointsOf(geometry: Geometry): Generator<Position> {
  if (geometry.type === "Point") yield geometry.coordinates;
  else if (geometry.type === "MultiPoint") yield* geometry.coordinates;
  else if (geometry.type === "GeometryCollection") for (const part of geometry.geometries) yield* pointsOf(part);
}

/** West, south, east, north of positions; null without any. */
export function boxOf(positions: Iterable<Position>): [number, number, number, number] | null {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [lon, lat] of positions) {
    if (lon === undefined || lat === undefined) continue;
    west = Math.min(west, lon);
    east = Math.max(east, lon);
    south = Math.min(south, lat);
    north = Math.max(north, lat);
  }
  return Number.isFinite(west) && Number.isFinite(south) ? [west, south, east, north] : null;
}

/** Box of a Feature, null without a place. */
export function boxOfFeature({ bbox, geometry }: Feature): BBox | null {
  if (bbox && bbox.length >= 4) return bbox;
  if (!geometry) return null;
  return boxOf([...[...polygonsOf(geometry)].flat(2), ...[...linesOf(geometry)].flat(), ...pointsOf(geometry)]);
}

/** Whether two boxes touch. */
export function touches(a: BBox, b: BBox): boolean {
  return a[0]! <= b[2]! && b[0]! <= a[2]! && a[1]! <= b[3]! && b[1]! <= a[3]!;
}

// Flying to Features: their box on the ground, and their levels where they are known.
import { numberAt } from "../panels/element.ts";
import type { BBox, Feature, Geometry, Position } from "../api/types.ts";
import type { TwinScene } from "../scene/scene.ts";

/** Flies to a Feature; does nothing for one without a place. */
export async function flyToFeature(scene: TwinScene, feature: Feature): Promise<void> {
  const bbox = boxOf(feature);
  if (!bbox) return;
  const base = numberAt(feature.properties, "base_level");
  const top = numberAt(feature.properties, "top_level");
  await scene.flyTo(bbox, base !== null && top !== null ? [base, top] : null);
}

/** Box of a Feature in degrees, null without geometry. */
export function boxOf({ bbox, geometry }: Feature): BBox | null {
  if (bbox && bbox.length >= 4) return bbox;
  if (!geometry) return null;
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [lon, lat] of positionsOf(geometry)) {
    if (lon === undefined || lat === undefined) continue;
    west = Math.min(west, lon);
    east = Math.max(east, lon);
    south = Math.min(south, lat);
    north = Math.max(north, lat);
  }
  return Number.isFinite(west) ? [west, south, east, north] : null;
}

function* positionsOf(geometry: Geometry): Generator<Position> {
  if (geometry.type === "GeometryCollection") for (const part of geometry.geometries) yield* positionsOf(part);
  else yield* flatten(geometry.coordinates);
}

function* flatten(coordinates: unknown): Generator<Position> {
  if (!Array.isArray(coordinates)) return;
  if (typeof coordinates[0] === "number") yield coordinates as Position;
  else for (const part of coordinates) yield* flatten(part);
}

// GeoJSON geometries as the engine's primitives: solids between two heights, areas and lines on the ground.
import {
  Cartesian3,
  ColorGeometryInstanceAttribute,
  GeometryInstance,
  GroundPolylineGeometry,
  PerInstanceColorAppearance,
  PolygonGeometry,
  PolygonHierarchy,
  PolygonOutlineGeometry,
  type Color,
} from "./engine.ts";
import type { Rings } from "../api/geometry.ts";
import type { Position } from "../api/types.ts";

/** What a pick of a drawn Feature gives back. */
export interface Mark {
  readonly collection: string;
  readonly id: string;
}

/** Ellipsoidal heights in metres. */
export interface Heights {
  readonly bottom: number;
  readonly top: number;
}

/** A solid, or null where the ring is none. */
export function solid(rings: Rings, heights: Heights, id: Mark, color: Color): GeometryInstance | null {
  const hierarchy = hierarchyOf(rings);
  if (!hierarchy) return null;
  return new GeometryInstance({
    id,
    geometry: new PolygonGeometry({
      polygonHierarchy: hierarchy,
      height: heights.top,
      extrudedHeight: heights.bottom,
      vertexFormat: PerInstanceColorAppearance.VERTEX_FORMAT,
    }),
    attributes: { color: ColorGeometryInstanceAttribute.fromColor(color) },
  });
}

/** The edges of a solid. */
export function solidEdges(rings: Rings, heights: Heights, id: Mark, color: Color): GeometryInstance | null {
  const hierarchy = hierarchyOf(rings);
  if (!hierarchy) return null;
  return new GeometryInstance({
    id,
    geometry: new PolygonOutlineGeometry({ polygonHierarchy: hierarchy, height: heights.top, extrudedHeight: heights.bottom }),
    attributes: { color: ColorGeometryInstanceAttribute.fromColor(color) },
  });
}

/** An area, at an ellipsoidal height or on the ground. */
export function area(rings: Rings, id: Mark, color: Color, height?: number): GeometryInstance | null {
  const polygonHierarchy = hierarchyOf(rings);
  if (!polygonHierarchy) return null;
  const vertexFormat = PerInstanceColorAppearance.FLAT_VERTEX_FORMAT;
  return new GeometryInstance({
    id,
    geometry: new PolygonGeometry(height === undefined ? { polygonHierarchy } : { polygonHierarchy, height, vertexFormat }),
    attributes: { color: ColorGeometryInstanceAttribute.fromColor(color) },
  });
}

/** A line on the ground, `width` in pixels. */
export function line(positions: readonly Position[], id: Mark, color: Color, width: number): GeometryInstance | null {
  const points = cartesians(positions);
  if (points.length < 2) return null;
  return new GeometryInstance({
    id,
    geometry: new GroundPolylineGeometry({ positions: points, width }),
    attributes: { color: ColorGeometryInstanceAttribute.fromColor(color) },
  });
}

function hierarchyOf([outer, ...holes]: Rings): PolygonHierarchy | null {
  const ring = outer ? openRing(outer) : [];
  if (ring.length < 3) return null;
  const inner = holes.map(openRing).filter((hole) => hole.length >= 3);
  return new PolygonHierarchy(
    ring,
    inner.map((hole) => new PolygonHierarchy(hole)),
  );
}

function openRing(positions: readonly Position[]): Cartesian3[] {
  const points = cartesians(positions);
  const closed = points.length > 1 && Cartesian3.equalsEpsilon(points[0], points.at(-1), 0, 1e-3);
  return closed ? points.slice(0, -1) : points;
}

/** Positions on the ellipsoid, without repeated neighbours. */
function cartesians(positions: readonly Position[]): Cartesian3[] {
  const points: Cartesian3[] = [];
  for (const [lon, lat] of positions) {
    if (lon === undefined || lat === undefined || !Number.isFinite(lon) || !Number.isFinite(lat)) continue;
    const point = Cartesian3.fromDegrees(lon, lat);
    const last = points.at(-1);
    if (!last || !Cartesian3.equalsEpsilon(point, last, 0, 1e-3)) points.push(point);
  }
  return points;
}

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

/** An area at the heights of its positions, which are metres above `datum`, an ellipsoidal height. */
export function sloping(rings: Rings, id: Mark, color: Color, datum: number): GeometryInstance | null {
  const polygonHierarchy = hierarchyOf(rings, datum);
  if (!polygonHierarchy) return null;
  return new GeometryInstance({
    id,
    geometry: new PolygonGeometry({
      polygonHierarchy,
      perPositionHeight: true,
      vertexFormat: PerInstanceColorAppearance.FLAT_VERTEX_FORMAT,
    }),
    attributes: { color: ColorGeometryInstanceAttribute.fromColor(color) },
  });
}

/** The edges of such an area. */
export function slopingEdges(rings: Rings, id: Mark, color: Color, datum: number): GeometryInstance | null {
  const polygonHierarchy = hierarchyOf(rings, datum);
  if (!polygonHierarchy) return null;
  return new GeometryInstance({
    id,
    geometry: new PolygonOutlineGeometry({ polygonHierarchy, perPositionHeight: true }),
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

function hierarchyOf([outer, ...holes]: Rings, datum?: number): PolygonHierarchy | null {
  const ring = outer ? openRing(outer, datum) : [];
  if (ring.length < 3) return null;
  const inner = holes.map((hole) => openRing(hole, datum)).filter((hole) => hole.length >= 3);
  return new PolygonHierarchy(
    ring,
    inner.map((hole) => new PolygonHierarchy(hole)),
  );
}

function openRing(positions: readonly Position[], datum?: number): Cartesian3[] {
  const points = cartesians(positions, datum);
  const closed = points.length > 1 && Cartesian3.equalsEpsilon(points[0], points.at(-1), 0, 1e-3);
  return closed ? points.slice(0, -1) : points;
}

/** Positions on the ellipsoid, or at their own heights above `datum`, without repeated neighbours. */
function cartesians(positions: readonly Position[], datum?: number): Cartesian3[] {
  const points: Cartesian3[] = [];
  for (const [lon, lat, z] of positions) {
    if (lon === undefined || lat === undefined || !Number.isFinite(lon) || !Number.isFinite(lat)) continue;
    const point = Cartesian3.fromDegrees(lon, lat, datum === undefined ? 0 : (z ?? 0) + datum);
    const last = points.at(-1);
    if (!last || !Cartesian3.equalsEpsilon(point, last, 0, 1e-3)) points.push(point);
  }
  return points;
}

import { expect, test } from "vitest";
import { boxOfFeature } from "../src/api/geometry.ts";
import type { Feature, Geometry } from "../src/api/types.ts";
import { groundShape, hit } from "../src/scene/ground.ts";

const square = (west: number, south: number, size: number): [number, number][] => [
  [west, south],
  [west + size, south],
  [west + size, south + size],
  [west, south + size],
  [west, south],
];
const feature = (id: string, geometry: Geometry | null): Feature => ({ type: "Feature", id, geometry, properties: {} });
const shapes = [
  feature("field", { type: "Polygon", coordinates: [square(0, 0, 10), square(4, 4, 2)] }),
  feature("hut", { type: "MultiPolygon", coordinates: [[square(1, 1, 1)]] }),
  feature("pipe", { type: "LineString", coordinates: [[0, 8], [10, 8]] }),
].map((one) => groundShape(one)!);

test("the smallest area at a point is found", () => {
  expect(hit(shapes, 1.5, 1.5, 0.01)?.id).toBe("hut");
  expect(hit(shapes, 3, 3, 0.01)?.id).toBe("field");
});

test("a hole is not the area", () => {
  expect(hit(shapes, 5, 5, 0.01)).toBeNull();
});

test("a line within reach goes before the area below it", () => {
  expect(hit(shapes, 5, 8.009, 0.01)?.id).toBe("pipe");
  expect(hit(shapes, 5, 8.02, 0.01)?.id).toBe("field");
});

test("points and nothing are not on the ground", () => {
  expect(groundShape(feature("mast", { type: "Point", coordinates: [1, 2] }))).toBeNull();
  expect(groundShape(feature("none", null))).toBeNull();
});

test("the box of a feature holds all its parts", () => {
  const parts: Geometry = { type: "GeometryCollection", geometries: [{ type: "Point", coordinates: [1, 2, 9] }, { type: "LineString", coordinates: [[3, 1], [2, 7]] }] };
  expect(boxOfFeature(feature("both", parts))).toEqual([1, 1, 3, 7]);
  expect(boxOfFeature(feature("none", null))).toBeNull();
});

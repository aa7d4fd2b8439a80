import { expect, test } from "vitest";
import { angle, area, lengthAlong, span, type Measured } from "../src/scene/tools/measures.ts";

const radius = 6_378_137;

/** On the equator at longitude 0: up is x, east is y, north is z. */
const at = (east: number, north: number, up: number): Measured => ({ at: [radius + up, east, north], lon: 0, lat: 0, height: up });

test("a span is straight, on the level and its rise", () => {
  expect(span(at(0, 0, 1), at(3, 4, 13))).toEqual({ straight: 13, rise: 12, level: 5 });
});

test("a length is the sum of its parts", () => {
  expect(lengthAlong([at(0, 0, 0), at(3, 4, 0), at(3, 4, 2)])).toBe(7);
});

test("an area lies in its own plane and is smaller on the level, whichever way one goes round", () => {
  const slope = [at(0, 0, 0), at(4, 0, 3), at(4, 2, 3), at(0, 2, 0)];
  expect(area(slope).plane).toBeCloseTo(10, 9);
  expect(area(slope).level).toBeCloseTo(8, 9);
  expect(area(slope).outline).toBeCloseTo(14, 9);
  expect(area([...slope].reverse()).level).toBeCloseTo(8, 9);
});

test("an angle is that at the middle point, none where points are one", () => {
  expect(angle([at(1, 0, 0), at(0, 0, 0), at(0, 1, 0)])).toBeCloseTo(90, 9);
  expect(angle([at(1, 0, 0), at(0, 0, 0), at(0, 0, 0)])).toBeNull();
});

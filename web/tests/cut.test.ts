import { expect, test } from "vitest";
import { boxAround, cutText, flipped, frameAt, halfSpaces, isBox, moved, normalOf, readCut, turned, type Cut } from "../src/scene/tools/cut.ts";

const kept = (cut: Cut, p: readonly number[]): boolean =>
  halfSpaces(cut).every(({ normal, distance }) => normal[0] * p[0]! + normal[1] * p[1]! + normal[2] * p[2]! + distance >= 0);

test("a box keeps what is inside it and nothing else", () => {
  const box: Cut = { ...frameAt(113.9, 22.3, 5), x: [-2, 2], y: [-3, 3], z: [0, 4] };
  expect(isBox(box)).toBe(true);
  expect(kept(box, [0, 0, 2])).toBe(true);
  for (const outside of [[2.1, 0, 2], [-2.1, 0, 2], [0, 3.1, 2], [0, -3.1, 2], [0, 0, 4.1], [0, 0, -0.1]]) expect(kept(box, outside)).toBe(false);
});

test("one plane is flipped, a closed pair is not", () => {
  const plane: Cut = { ...frameAt(113.9, 22.3, 5), x: [1, null] };
  expect([kept(plane, [2, 0, 0]), kept(plane, [0, 0, 0])]).toEqual([true, false]);
  expect([kept(flipped(plane, "x"), [2, 0, 0]), kept(flipped(plane, "x"), [0, 0, 0])]).toEqual([false, true]);
  expect(flipped({ ...plane, x: [1, 2] }, "x").x).toEqual([1, 2]);
});

test("a plane through a face keeps what is behind it, in a turned frame too", () => {
  const face = { azimuth: 120, tilt: 0, offset: 3 };
  const cut: Cut = { ...frameAt(113.9, 22.3, 5, 30), face };
  const [x, y, z] = normalOf(face, 30);
  expect([x, y, z].map((n) => Number(n.toFixed(9)))).toEqual([1, 0, 0]);
  expect([kept(cut, [2.9, 50, 0]), kept(cut, [3.1, 50, 0])]).toEqual([true, false]);
  const other = { ...cut, face: turned(face) };
  expect([kept(other, [2.9, 50, 0]), kept(other, [3.1, 50, 0])]).toEqual([false, true]);
});

test("limits do not pass each other", () => {
  const box: Cut = { ...frameAt(113.9, 22.3, 5), x: [-2, 2] };
  expect(moved(box, "x", 0, 5).x).toEqual([2, 2]);
  expect(moved(box, "x", 1, -5).x).toEqual([-2, -2]);
  expect(moved(box, "x", 0, null).x).toEqual([null, 2]);
});

test("the box around a turned building is turned with it", () => {
  const angle = (20 * Math.PI) / 180;
  const ring = [[-30, -10], [30, -10], [30, 10], [-30, 10]].map(([x, y]) => [
    114 + (x! * Math.cos(angle) - y! * Math.sin(angle)) / 103_000,
    22.3 + (x! * Math.sin(angle) + y! * Math.cos(angle)) / 110_738,
  ]);
  const box = boxAround(ring, 2, 12, 0.5)!;
  expect(box.heading).toBeCloseTo(340, 0);
  expect(box.x[1]! - box.x[0]!).toBeCloseTo(61, 0);
  expect(box.y[1]! - box.y[0]!).toBeCloseTo(21, 0);
  expect(box.z).toEqual([-5.5, 5.5]);
  expect([box.lon, box.lat].map((n) => Number(n.toFixed(6)))).toEqual([114, 22.3]);
  expect(boxAround([], 0, 1, 0)).toBeNull();
  expect(boxAround([[114, 22.3]], 0, 1, 1)!.x).toEqual([-1, 1]);
});

test("a cut comes back from its text", () => {
  const cut: Cut = { ...frameAt(113.9, 22.3, 5, 12.5), x: [-2, null], z: [null, 1.25], ground: true };
  expect(readCut(cutText(cut))).toEqual(cut);
});

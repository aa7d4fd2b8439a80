import { expect, test } from "vitest";
import type { Feature } from "../api/types.ts";
import { boxOf, legendOf, paintOf, planStyle, roomsLayer } from "./floor-style.ts";

const room = (id: string, x: number): Feature =>
  ({
    type: "Feature",
    id,
    properties: { kind: "space", element: id },
    geometry: { type: "Polygon", coordinates: [[[x, 0], [x + 1, 0], [x + 1, 1], [x, 0]]] },
  }) as unknown as Feature;

test("numbers become ranges from the lowest to the highest, and the highest is in the last", () => {
  const values = { a: 0, b: 5, c: 10 };
  const legend = legendOf(values);
  expect(legend[0]!.of).toEqual([0, 2]);
  expect(legend.at(-1)!.of).toEqual([8, 10]);
  const paint = paintOf(values, legend);
  expect(paint.get("a")).toBe(legend[0]!.colour);
  expect(paint.get("c")).toBe(legend.at(-1)!.colour);
  expect(new Set(paint.values()).size).toBe(3);
});

test("one number and words have entries of their own", () => {
  expect(legendOf({ a: 3, b: 3 })).toHaveLength(1);
  const words = legendOf({ a: "office", b: "store", c: "office" });
  expect(words.map(({ of }) => of)).toEqual(["office", "store"]);
  expect(paintOf({ a: "office", c: "office" }, words).get("c")).toBe(words[0]!.colour);
  expect(legendOf({})).toEqual([]);
});

test("a plan draws rooms in their colours below what is cut", () => {
  const style = planStyle([room("m:1", 0), room("m:2", 2)], { "m:1": 1, "m:2": 2 }, "m:2", false);
  const names = style.layers.map(({ id }) => id);
  expect(names.indexOf(roomsLayer)).toBeLessThan(names.indexOf("csdi-plan-solid"));
  const rooms = style.layers.find(({ id }) => id === roomsLayer) as { paint: Record<string, unknown> };
  expect(rooms.paint["fill-color"]).toContain("m:1");
});

test("the box is around everything, and there is none around nothing", () => {
  expect(boxOf([room("m:1", 0), room("m:2", 2)])).toEqual([0, 0, 3, 1]);
  expect(boxOf([])).toBeNull();
});

// What pages of work and floors compute without a browser: the address, days, shapes of rooms, and their values.
import { describe, expect, test } from "vitest";
import type { Feature } from "../src/api/types.ts";
import type { Order } from "../src/api/work.ts";
import { storeysOf } from "../src/places/assets/floors/data.ts";
import { around, middleOf, outlineOf, paperOf } from "../src/places/assets/floors/shape.ts";
import { propertiesOf, valueOf } from "../src/places/assets/floors/values.ts";
import { changed, keptOf } from "../src/places/assets/work/kept.ts";
import { eventsByDay } from "../src/places/assets/work/events.ts";
import { mondayOf, plusDays, plusMonths, weeksOf } from "../src/places/assets/work/days.ts";
import { questionsOf } from "../src/places/assets/work/questions.ts";

const feature = (id: string, properties: object, geometry: object | null = null): Feature => ({ type: "Feature", id, properties, geometry }) as unknown as Feature;

describe("the address", () => {
  test("keeps words by name, and values that have colons of their own", () => {
    expect(keptOf(["order:WO-2026-000007", "room:terminal:2Fe"])).toEqual({ order: "WO-2026-000007", room: "terminal:2Fe" });
  });

  test("changes what is said and takes away what is emptied", () => {
    expect(changed(["state:open", "view:calendar"], { view: "", assignee: "tom" })).toEqual(["state:open", "assignee:tom"]);
  });
});

describe("days", () => {
  test("a month is whole weeks from Monday to Sunday", () => {
    const weeks = weeksOf("2026-11-21", "month");
    expect(weeks.map((week) => week[0])).toEqual(["2026-10-26", "2026-11-02", "2026-11-09", "2026-11-16", "2026-11-23", "2026-11-30"]);
    expect(weeks.at(-1)!.at(-1)).toBe("2026-12-06");
  });

  test("a week that begins in another year is one week", () => {
    expect(weeksOf("2027-01-01", "week")).toEqual([["2026-12-28", "2026-12-29", "2026-12-30", "2026-12-31", "2027-01-01", "2027-01-02", "2027-01-03"]]);
  });

  test("a month after the last of January is February, and days pass the end of it", () => {
    expect(plusMonths("2027-01-31", 1)).toBe("2027-02-01");
    expect(plusDays("2028-02-28", 1)).toBe("2028-02-29");
    expect(mondayOf("2026-11-22")).toBe("2026-11-16");
  });

  test("orders stand on the day that they are due, cancelled ones nowhere", () => {
    const order = (id: string, state: string): Order => ({ id, state, title: id, due_at: new Date(2026, 10, 21, 9).toISOString() }) as unknown as Order;
    const found = eventsByDay([{ plan: "p", title: "check", day: "2026-11-21" }], [order("a", "open"), order("b", "cancelled")]);
    expect([...found.keys()]).toEqual(["2026-11-21"]);
    expect(found.get("2026-11-21")!.map(({ title }) => title)).toEqual(["check", "a"]);
  });
});

describe("leading an order", () => {
  test("asks why it waits, who does it, and what was done; nothing for the rest", () => {
    expect(questionsOf({ state: "in-progress", assignee: null }, "on-hold")).toEqual([{ name: "reason", needed: true }]);
    expect(questionsOf({ state: "open", assignee: null }, "assigned")).toEqual([{ name: "assignee", needed: true }]);
    expect(questionsOf({ state: "open", assignee: "tom" }, "assigned")).toEqual([]);
    expect(questionsOf({ state: "in-progress", assignee: null }, "done").map(({ needed }) => needed)).toEqual([false, false]);
    expect(questionsOf({ state: "done", assignee: null }, "closed")).toEqual([]);
  });
});

/** A rectangle of metres around 114 E, 22 N, turned anticlockwise. */
function room(id: string, width: number, height: number, degrees: number): Feature {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const corners = [[0, 0], [width, 0], [width, height], [0, height], [0, 0]] as const;
  const ring = corners.map(([x, y]) => [114 + (x * cos - y * sin) / (111_320 * Math.cos((22 * Math.PI) / 180)), 22 + (x * sin + y * cos) / 111_320]);
  return feature(id, {}, { type: "Polygon", coordinates: [ring] });
}

describe("paper", () => {
  test.each([0, 12, -30, 44])("walls that stand %s degrees askew lie square on it, in metres", (degrees) => {
    const one = room("a", 30, 10, degrees);
    const paper = paperOf([one], false);
    const { frame } = outlineOf(one, paper)!;
    expect([frame.width, frame.height]).toEqual([expect.closeTo(30, 1), expect.closeTo(10, 1)]);
    expect(paper.north).toBeCloseTo(degrees, 1);
  });

  test("with north up nothing is turned", () => {
    const { frame } = outlineOf(room("a", 30, 10, 90), paperOf([room("a", 30, 10, 90)], true))!;
    expect([frame.width, frame.height]).toEqual([expect.closeTo(10, 1), expect.closeTo(30, 1)]);
  });

  test("the frame around several has a margin; that of none is not empty", () => {
    const whole = around([{ x: 0, y: 0, width: 10, height: 5 }, { x: 90, y: 0, width: 10, height: 5 }], 0.1);
    expect(whole).toEqual({ x: -10, y: -10, width: 120, height: 25 });
    expect(around([]).width).toBeGreaterThan(0);
  });

  test("the middle of points, polygons and what has heights", () => {
    expect(middleOf(feature("p", {}, { type: "Point", coordinates: [114, 22, 5] }))).toEqual([114, 22]);
    expect(middleOf(feature("l", {}, { type: "LineString", coordinates: [[114, 22, 5], [115, 23, 6]] }))).toEqual([114.5, 22.5]);
    expect(middleOf(feature("m", {}, { type: "MultiPolygon", coordinates: [[[[0, 0], [2, 0], [2, 4], [0, 0]]]] }))).toEqual([1, 2]);
    expect(middleOf(feature("n", {}))).toBeNull();
  });
});

describe("values of rooms", () => {
  const space = feature("m:1", { global_id: "1", area: 12.5, psets: { Pset_SpaceCommon: { IsExternal: false, Reference: "R" } }, zones: [{ name: "Airside" }] });
  const asset = (id: string, condition: number | null): Feature => feature(id, { condition });
  const about = { exits: new Map([["m:1", 31.5]]), assets: new Map([["1", [asset("a", 2), asset("b", 4), asset("c", null)]]]), orders: new Map([["b", 2]]) };

  test.each([
    ["area", 12.5],
    ["volume", null],
    ["exit", 31.5],
    ["condition", 4],
    ["assets", 3],
    ["orders", 2],
    ["zone", "Airside"],
    ["Pset_SpaceCommon.IsExternal", "false"],
    ["Pset_SpaceCommon.Reference", "R"],
    ["Pset_SpaceCommon.Nothing", null],
  ])("%s is %s", (of, value) => expect(valueOf(space, of, about)).toBe(value));

  test("properties are offered by set", () => {
    expect([...propertiesOf([space])]).toEqual([["Pset_SpaceCommon", ["IsExternal", "Reference"]]]);
  });
});

test("a storey that several models draw is one, and storeys stand from the top down", () => {
  const storey = (global_id: string, name: string, base_level: number): Feature => feature(global_id, { building: "T1", name, base_level, global_id });
  const found = storeysOf([storey("a", "GF", 6.5), storey("b", "L1", 12), storey("c", "GF", 6.5)]);
  expect(found.map(({ name, ids }) => [name, ids])).toEqual([["L1", ["b"]], ["GF", ["a", "c"]]]);
});

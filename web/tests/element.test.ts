import { expect, test } from "vitest";
import { entries, filterSets, show, valueSets } from "../src/panels/element.ts";
import { progressOf, secondsOf, stateOf } from "../src/places/jobs.ts";

const psets = { Pset_WallCommon: { IsExternal: true, FireRating: "120/-/-" }, Pset_Empty: {}, 設備資料: { 型號: "水泵" } };

test("property sets are read from JSON and from JSON in a string", () => {
  expect(valueSets(JSON.stringify(psets))).toEqual(valueSets(psets));
  expect(valueSets(psets).map(({ name }) => name)).toEqual(["Pset_WallCommon", "設備資料"]);
  expect(valueSets(null)).toEqual([]);
});

test("a filter finds names, values and whole sets", () => {
  expect(filterSets(valueSets(psets), "fire")).toEqual([{ name: "Pset_WallCommon", values: [["FireRating", "120/-/-"]] }]);
  expect(filterSets(valueSets(psets), "水泵")).toHaveLength(1);
  expect(filterSets(valueSets(psets), "wallcommon")[0]?.values).toHaveLength(2);
  expect(filterSets(valueSets(psets), "nothing")).toEqual([]);
});

test("values are shown without noise", () => {
  expect(show(0.1 + 0.2)).toBe("0.3");
  expect(show(false)).toBe("FALSE");
  expect(show(["a", 2])).toBe("a, 2");
  expect(show({ value: 3, unit: "m" })).toBe("3 m");
});

test("lists are one line per entry", () => {
  expect(entries([{ system: "Uniclass 2015", code: "Pr_65", name: "Pumps" }], ["code", "name", "system"])).toEqual([
    { text: "Pr_65", note: "Pumps · Uniclass 2015" },
  ]);
  expect(entries(["Steel"], ["name"])).toEqual([{ text: "Steel", note: "" }]);
});

test("jobs say how far they are", () => {
  expect(stateOf({ state: "successful" })).toBe("succeeded");
  expect(stateOf({ state: "odd" })).toBe("odd");
  expect(progressOf({ progress: { done: 1, total: 4, stage: "tiles", fraction: 0.9 } })).toEqual({ share: 0.9, text: "tiles · 1/4" });
  expect(progressOf({ progress: { fraction: 0.5, done: null, total: null } })?.share).toBe(0.5);
  expect(progressOf({ progress: null })).toBeNull();
  expect(secondsOf("2026-01-01T00:00:00Z")).toBe(1_767_225_600);
  expect(secondsOf(null)).toBeNull();
});

import { expect, test } from "vitest";
import { byRule, groupOf, narrowed, readFound } from "../src/api/findings.ts";
import { nameOf } from "../src/places/submissions/files.ts";

const row = (properties: Record<string, unknown>): Record<string, unknown> => ({
  id: "s-1.k",
  message: "too high",
  severity: "error",
  status: "new",
  rule: "AHR-001",
  code: "AHR-001",
  position: [113.93, 22.31],
  ...properties,
});

test("a row of findings is read whole, and English stands in for a language that is missing", () => {
  const found = readFound(row({ message_zh_hant: "過高", place: { easting: 811000.5, northing: 819000.25, height: 48.2 } }));
  expect(found.texts).toEqual({ en: "too high", "zh-Hant": "過高", "zh-Hans": "too high" });
  expect(found.position).toEqual([113.93, 22.31]);
  expect(found.place).toEqual({ easting: 811000.5, northing: 819000.25, height: 48.2 });
  expect(readFound(row({ place: { easting: 1 }, position: null }))).toMatchObject({ position: null, place: null });
});

test.each([
  ["scan", "IFC-S", "schema"],
  ["GRF005", "GRF005", "schema"],
  ["shapes", "IFC-OPEN", "quality"],
  ["doors.ids: fire rating", "IDS-2", "quality"],
  ["AHR-001", "AHR-001", "regulation"],
])("rule %s is about %s", (rule, code, group) => {
  expect(groupOf(rule, code)).toBe(group);
});

test("choices of one facet add up, those of several narrow down", () => {
  const found = [row({}), row({ status: "solved" }), row({ severity: "note", decision: "waive" })].map(readFound);
  expect(narrowed(found, ["status:new", "status:solved"], "")).toHaveLength(3);
  expect(narrowed(found, ["status:new", "severity:error"], "")).toEqual([found[0]]);
  expect(narrowed(found, ["decision:none"], "")).toEqual([found[0], found[1]]);
  expect(narrowed(found, [], "TOO HIGH")).toHaveLength(3);
  expect(narrowed(found, [], "0DRarc")).toEqual([]);
});

test("rules with errors come first, those that are solved last", () => {
  const found = [row({ rule: "C", status: "solved" }), row({ rule: "B", severity: "note" }), row({ rule: "A" })].map(readFound);
  expect(byRule(found).map(({ rule }) => rule)).toEqual(["A", "B", "C"]);
});

test.each([
  ["Tower A (v2)", "tower-a-v2"],
  ["__Flügel_1", "flugel_1"],
  ["x".repeat(80), "x".repeat(63)],
])("%s becomes the name %s", (text, name) => {
  expect(nameOf(text)).toBe(name);
});

test("a name of Chinese characters alone is replaced by one that an address can hold", () => {
  expect(nameOf("客運大樓")).toMatch(/^[a-z0-9][a-z0-9_-]*$/);
});

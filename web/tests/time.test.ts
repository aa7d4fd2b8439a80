import { expect, test } from "vitest";
import type { Site } from "../src/api/types.ts";
import type { ModelChanges, Version, Versions } from "../src/api/versions.ts";
import { merged, readFile, written, type Bookmark } from "../src/panels/bookmarks/kept.ts";
import { clockOf, instantOf, marksOf, siteAt, siteCompared, stateThen, stepped, versionAt } from "../src/panels/time/as-of.ts";
import { rgbOf } from "../src/panels/bcf/colour.ts";
import { appearanceOf, beforeOf, elementCounts, listed } from "../src/panels/versions/compare.ts";
import { cutOf, type Plane } from "../src/scene/planes.ts";
import { halfSpaces } from "../src/scene/tools/cut.ts";

const version = (number: number, from: string, to: string | null): Version => ({
  version: number, valid_from: from, valid_to: to, tileset: `/t${number}.json`, spaces: null, placement: "georeferenced", bbox: [0, 0, 1, 1], count: number, changes: number > 1,
});
const versions: Versions = {
  models: { hall: [version(2, "2026-02-01T00:00:00Z", null), version(1, "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")] },
  layers: { roads: ["2026-01-15T00:00:00Z", "2026-02-01T00:00:00.400Z"] },
};
const site = {
  models: [{ id: "hall", tileset: "/t2.json", count: 2 }, { id: "shed", tileset: "/s.json", count: 9 }],
  layers: [{ id: "roads", items: "/ogc/collections/roads/items" }],
} as unknown as Site;

test("a version holds from its beginning until the next one begins", () => {
  const own = versions.models["hall"]!;
  expect(versionAt(own, "2025-12-31T23:59:59Z")).toBeNull();
  expect(versionAt(own, "2026-01-01T00:00:00Z")?.version).toBe(1);
  expect(versionAt(own, "2026-01-31T23:59:59.999Z")?.version).toBe(1);
  expect(versionAt(own, "2026-02-01T00:00:00Z")?.version).toBe(2);
});

test("the site of an instant has the models of then and asks for layers as they were", () => {
  const then = siteAt(site, versions, "2026-01-10T00:00:00Z");
  expect(then.models.map(({ id, tileset }) => [id, tileset])).toEqual([["hall", "/t1.json"], ["shed", "/s.json"]]);
  expect(then.layers[0]!.items).toBe("/ogc/collections/roads/items?datetime=2026-01-10T00%3A00%3A00Z");
  expect(siteAt(site, versions, "2025-01-01T00:00:00Z").models.map(({ id }) => id)).toEqual(["shed"]);
  expect(siteCompared(site, versions, { model: "hall", version: 1, since: 0, side: "both" }).models[0]!.tileset).toBe("/t1.json");
});

test("the site of an instant says which it is, and how many Features its layers had as soon as that is known", () => {
  const instant = "2026-01-10T00:00:00Z";
  expect(site.at).toBeUndefined();
  expect(siteAt(site, versions, instant).at).toBe(instant);
  expect(siteAt(site, versions, instant, new Map([["roads", 7]])).layers[0]!.count).toBe(7);
});

test("only what keeps its past is asked for as it was", () => {
  const instant = "2026-01-10T00:00:00Z";
  const asked = (collection: string): string => stateThen(collection, instant, versions);
  expect(["elements", "models", "roads"].map(asked)).toEqual(Array(3).fill("datetime=2026-01-10T00%3A00%3A00Z"));
  expect([asked("rivers"), stateThen("elements", "", versions), stateThen("elements", undefined, undefined)]).toEqual(["", "", ""]);
});

test("marks are told once a second and stepped through", () => {
  const marks = marksOf(versions);
  expect(marks.map(({ models, layers }) => [models.map((one) => one.version), layers])).toEqual([[[1], []], [[], ["roads"]], [[2], ["roads"]]]);
  expect(marks[2]!.instant).toBe("2026-02-01T00:00:00.400Z");
  expect(stepped(marks, "", -1)).toBe(marks[2]);
  expect(stepped(marks, marks[1]!.instant, -1)).toBe(marks[0]);
  expect(stepped(marks, marks[0]!.instant, -1)).toBeNull();
  expect(stepped(marks, "", 1)).toBeNull();
});

test("clocks are those of Hong Kong", () => {
  expect(clockOf("2026-01-01T18:30:05Z")).toBe("2026-01-02T02:30:05");
  expect(instantOf("2026-01-02T02:30:05")).toBe("2026-01-01T18:30:05Z");
  expect(instantOf("2026-01-02T02:30")).toBe("2026-01-01T18:30:00Z");
  expect(instantOf("soon")).toBe("");
});

const change = (status: string, global_id: string, more: object = {}) => ({ collection: "elements", status, global_id, was: null, ifc_class: "IfcWall", name: global_id, aspects: [], fields: {}, vector_m: null, arrow: null, cause: null, ...more });
const changes = {
  model: "hall", version: 2, causes: [], before: version(1, "2026-01-01T00:00:00Z", null), after: version(2, "2026-02-01T00:00:00Z", null),
  counts: { elements: { new: 1, removed: 1, moved: 1, unchanged: 4 }, other_products: { new: 2 }, types: { new: 7 } },
  changes: [change("new", "n"), change("removed", "r"), change("moved", "m", { aspects: ["placement"], arrow: [[0, 0, 0], [1, 0, 0]] }), change("reidentified", "now", { was: "then" }), change("new", "t", { collection: "types", ifc_class: "IfcWallType" })],
} as unknown as ModelChanges;

test("elements and other products are counted together, as the list has them", () => {
  expect(elementCounts(changes)).toEqual({ new: 3, removed: 1, changed: 0, moved: 1, reidentified: 0, unchanged: 4 });
});

test("each version has the colours of what is in it", () => {
  const now = appearanceOf(changes, "both", false);
  expect([...now.paint!.get("hall")!.keys()]).toEqual(["n", "m", "now"]);
  expect(now.faint).toBeLessThan(0.5);
  expect(appearanceOf(changes, "before", false).hidden!.holds("hall")).toBe(true);
  const then = beforeOf(changes, "both", new Set())!;
  expect([...then.colours.keys()]).toEqual(["r", "m", "then"]);
  expect([[...then.gone], [...then.ghosts], then.arrows.length]).toEqual([["r"], ["m"], 1]);
});

test("the list is narrowed by status and class", () => {
  expect(listed(changes.changes, new Set(["new"]), "").map(({ global_id }) => global_id)).toEqual(["n", "t"]);
  expect(listed(changes.changes, new Set(), "IfcWallType").map(({ global_id }) => global_id)).toEqual(["t"]);
});

const degrees = (angle: number): number => (angle * Math.PI) / 180;

test("planes of a turned box become its section, whatever else there is becomes a face", () => {
  const turn = degrees(20);
  const [x, y] = [[Math.cos(turn), -Math.sin(turn), 0], [Math.sin(turn), Math.cos(turn), 0]] as const;
  const at = (axis: readonly number[], by: number) => axis.map((part) => part * by) as unknown as Plane["at"];
  const planes: Plane[] = [
    { at: at(x, 4), away: at(x, 1) }, { at: at(x, -3), away: at(x, -2) }, { at: at(y, 6), away: at(y, 1) }, { at: [1, 1, 2], away: [0, 0, 1] }, { at: [1, 1, 5], away: [0, 0, 1] },
    { at: [0, 0, 0], away: [0, 1, 1] }, { at: [0, 0, 0], away: [0, 1, 2] }, { at: [0, 0, 0], away: [0, 0, 0] },
  ];
  const { cut, left } = cutOf(planes, [113.9, 22.3, 10]);
  expect(left).toBe(2);
  expect(cut!.heading).toBeCloseTo(20, 9);
  expect(cut!.x.map((limit) => Number(limit!.toFixed(9)))).toEqual([-3, 4]);
  expect([cut!.y[0], Number(cut!.y[1]!.toFixed(9)), cut!.z]).toEqual([null, 6, [null, 2]]);
  expect(cut!.face!.tilt).toBeCloseTo(45, 9);
  expect(cutOf([], [0, 0, 0]).cut).toBeNull();
});

test("half spaces that go out come back as they were", () => {
  const cut = cutOf([{ at: [2, 3, 1], away: [0.6, 0.8, 0] }, { at: [-1, 0, 4], away: [0.48, 0.64, 0.6] }], [113.9, 22.3, 10]).cut!;
  const frame = degrees(cut.heading);
  const turned = halfSpaces(cut).map(({ normal: [x, y, z], distance }) => ({ away: [-(x * Math.cos(frame) + y * Math.sin(frame)), -(y * Math.cos(frame) - x * Math.sin(frame)), -z], distance }));
  expect(turned.map(({ away }) => away.map((part) => Number(part.toFixed(9)) + 0))).toEqual([[0.6, 0.8, 0], [0.48, 0.64, 0.6]]);
  expect(turned.map(({ distance }) => Number(distance.toFixed(9)))).toEqual([2 * 0.6 + 3 * 0.8, -0.48 + 2.4].map((one) => Number(one.toFixed(9))));
});

test("bookmarks come back from their file; what is none is refused", () => {
  const one: Bookmark = { id: "a", name: "North", query: "?cam=113.900000,22.300000,30.0,20.0,-20.0", made: "2026-01-01T00:00:00Z", picture: "data:image/jpeg;base64,AA" };
  expect(readFile(written([one]))).toEqual([one]);
  expect(readFile("[]")).toBeNull();
  expect(readFile("no")).toBeNull();
  const hostile = JSON.stringify({ type: "csdi-bookmarks", bookmarks: [{ name: "x", query: "?sel=javascript:1&q=<b>", picture: "javascript:alert(1)" }, { query: "?" }, null, 3] });
  expect(readFile(hostile)!.map(({ name, query, picture }) => [name, query, picture])).toEqual([["x", "?q=%3Cb%3E", ""]]);
});

test("of what comes in twice one stays", () => {
  const made = (id: string, name: string): Bookmark => ({ id, name, query: "?q=1", made: "", picture: "" });
  expect(merged([made("a", "one"), made("b", "two")], [made("a", "changed"), made("c", "two")]).map(({ id, name }) => [id, name])).toEqual([["a", "changed"], ["c", "two"]]);
});

test("colours of BCF are read with and without their opacity", () => {
  expect(rgbOf("FF0000")).toEqual([1, 0, 0]);
  expect(rgbOf("8000FF00")).toEqual([0, 1, 0]);
});

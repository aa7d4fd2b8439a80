import { expect, test } from "vitest";
import type { Found } from "../src/api/findings.ts";
import type { Preview } from "../src/api/previews.ts";
import type { Site } from "../src/api/types.ts";
import { acceptedOf, appearanceOf, legendOf, pinned, previewOf, sitePreviewed, worstOf } from "../src/places/submissions/preview-look.ts";
import { colourOf, isSeen } from "../src/scene/appearance.ts";
import { statuses } from "../src/panels/versions/compare.ts";

const change = (global_id: string, status: string, more: object = {}) =>
  ({ collection: "elements", global_id, status, was: null, ifc_class: "IfcWall", name: "", aspects: [], fields: {}, vector_m: null, arrow: null, cause: null, ...more }) as never;

const tower: Preview = {
  state: "ready",
  submission: "s-1",
  model: "tower",
  tileset: "/api/submissions/s-1/models/tower/preview/tiles/k/root.json",
  placement: "georeferenced",
  bbox: [113.9, 22.3, 113.91, 22.31],
  levels: [0, 30],
  elements: 10,
  wanted: 10,
  shapes: 10,
  found: ["A", "B", "C", "D"],
  accepted: { version: 3, tileset: "/tiles3d/old.json", placement: "georeferenced", count: 9 },
  changes: {
    causes: [],
    counts: { elements: { new: 1, removed: 1, moved: 1, changed: 1, unchanged: 6 } },
    changes: [change("N", "new"), change("R", "removed"), change("M", "moved", { arrow: [[0, 0, 0], [1, 0, 0]] }), change("C", "changed", { was: "C-old" })],
  },
};
const annex: Preview = { ...tower, model: "annex", tileset: "/api/annex.json", elements: 4, accepted: null, changes: null };
const site = { models: [{ id: "tower", title: { en: "Tower" }, placement: "georeferenced", tileset: "/tiles3d/old.json", spaces: "/tiles3d/rooms.json", bbox: null, count: 9 }, { id: "other", title: "Other", placement: "georeferenced", tileset: "/tiles3d/other.json", bbox: null, count: 1 }] } as unknown as Site;

function found(globalId: string, severity: string, more: object = {}): Found {
  return { model: "tower", globalId, severity, status: "new", parties: [], ...more } as unknown as Found;
}

test("submitted models stand in place of the twin's, others beside them, and nothing else changes", () => {
  const { models } = sitePreviewed(site, [tower, annex]);
  expect(models.map(({ id, tileset }) => [id, tileset])).toEqual([
    ["tower", tower.tileset],
    ["other", "/tiles3d/other.json"],
    ["annex", annex.tileset],
  ]);
  expect(models[0]!.title).toEqual({ en: "Tower" });
  expect(models[0]!.spaces).toBeNull();
});

test("what goes with a submission is told by the twin, what stays or comes by the submission", () => {
  const of = (id: string) => previewOf({ collection: "elements", id: `tower:${id}` }, [tower, annex])?.model ?? null;
  expect(["N", "M", "C", "as it was"].map(of)).toEqual(["tower", "tower", "tower", "tower"]);
  expect(["R", "C-old"].map(of)).toEqual([null, null]);
  expect(previewOf({ collection: "elements", id: "other:N" }, [tower])).toBeNull();
  expect(previewOf({ collection: "storeys", id: "tower:N" }, [tower])).toBeNull();
});

test("changes are coloured by what they are; a model that the twin does not have is new as a whole", () => {
  const look = appearanceOf("changes", [tower, annex], [], { chosen: new Set(), alone: false, hidden: ["other"] })!;
  const number = (model: string, globalId: string) => statuses[colourOf(look, model, { globalId, ifcClass: "", storey: "" })] ?? null;
  expect(["N", "M", "C", "as it was"].map((id) => number("tower", id))).toEqual(["new", "moved", "changed", null]);
  expect(number("annex", "anything")).toBe("new");
  expect(number("other", "N")).toBeNull();
  expect(["other", "tower"].map((model) => isSeen(look, model))).toEqual([false, true]);
});

test("rows of the legend that are not chosen have no colour", () => {
  const look = appearanceOf("changes", [tower, annex], [], { chosen: new Set(["moved"]), alone: true, hidden: [] })!;
  const number = (model: string, globalId: string) => colourOf(look, model, { globalId, ifcClass: "", storey: "" });
  expect([number("tower", "N"), number("tower", "M"), number("annex", "x")]).toEqual([-1, statuses.indexOf("moved"), -1]);
  expect(look.lit.has(-1)).toBe(false);
  expect(acceptedOf("changes", [tower, annex], new Set(["moved"])).map(({ gone, ghosts }) => [[...gone], [...ghosts]])).toEqual([[[], ["M"]]]);
});

test("what is removed is drawn from the version in the twin, only where changes are looked at", () => {
  const [before] = acceptedOf("changes", [tower, annex], new Set());
  expect([before!.tileset, [...before!.gone], before!.arrows.length]).toEqual(["/tiles3d/old.json", ["R"], 1]);
  expect(acceptedOf("findings", [tower], new Set())).toEqual([]);
});

test("an element has the colour of the worst that was found on it and is not solved", () => {
  const rows = [found("A", "note"), found("A", "error"), found("B", "warning", { parties: ["B", "C"] }), found("D", "error", { status: "solved" }), found("its type", "error"), found("A", "error", { model: "other" })];
  expect([...worstOf([tower], rows).get("tower")!]).toEqual([["A", "error"], ["B", "warning"], ["C", "warning"]]);
  expect(legendOf("findings", [tower], rows)).toMatchObject({ rows: [{ name: "error", count: 1 }, { name: "warning", count: 2 }, { name: "note", count: 0 }], none: 7 });
});

test("findings keep their pins but where their element has a colour, or colours say something else", () => {
  const rows = [found("A", "error"), found("not drawn", "error"), found("A", "error", { model: "other" })];
  const ids = (look: "findings" | "changes" | "", seen = [tower]) => pinned(rows, look, seen).map(({ model, globalId }) => `${model}:${globalId}`);
  expect(ids("findings")).toEqual(["tower:not drawn", "other:A"]);
  expect(ids("changes")).toEqual([]);
  expect([ids("").length, ids("changes", []).length]).toEqual([3, 3]);
});

test("the legend counts the changes of all submitted models", () => {
  const { rows, none } = legendOf("changes", [tower, annex], []);
  expect(Object.fromEntries(rows.map(({ name, count }) => [name, count]))).toEqual({ new: 5, removed: 1, changed: 1, moved: 1 });
  expect(none).toBe(6);
});

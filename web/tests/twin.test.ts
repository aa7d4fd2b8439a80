import { expect, test } from "vitest";
import type { TreeNode, TreePage } from "../src/api/twin.ts";
import { partiesOf } from "../src/api/parties.ts";
import { differences, references, valueSets } from "../src/panels/element.ts";
import { isHidden, isLeftOut, nodeName } from "../src/panels/tree/nodes.ts";
import { lineAt, parentLine, walk } from "../src/panels/tree/walk.ts";
import { edgesOf, isShown, legendOf, plain } from "../src/scene/appearance.ts";
import { Members } from "../src/scene/members.ts";

const format = String;
const row = (globalId: string, ifcClass = "IfcWall", storey = "L1") => ({ globalId, ifcClass, storey });

test("members are a whole model, classes of storeys, or ids", () => {
  const members = new Members({ a: "all", b: { pairs: { L1: ["IfcWall"], "": ["IfcDoor"] } }, c: { ids: ["x"] } });
  expect(members.has("a", row("any"))).toBe(true);
  expect([row("1"), row("1", "IfcDoor"), row("1", "IfcDoor", ""), row("1", "IfcWall", "L2")].map((one) => members.has("b", one))).toEqual([true, false, true, false]);
  expect([members.has("c", row("x")), members.has("c", row("y")), members.has("d", row("x"))]).toEqual([true, false, false]);
  expect([members.touches("b"), members.touches("d"), members.holds("a"), members.holds("b")]).toEqual([true, false, true, false]);
});

test("a legend counts words over models, most frequent first, and says what has none", () => {
  const ids = { state: "s", ids: ["1", "2", "3"] };
  const legend = legendOf(
    [
      { model: "a", ids, values: { state: "s", words: ["x", "y"], codes: [0, 1, -1] } },
      { model: "b", ids, values: { state: "s", words: ["y"], codes: [0, 0, 0] } },
      { model: "stale", ids, values: { state: "older", words: ["z"], codes: [0, 0, 0] } },
    ],
    format,
  );
  expect(legend.rows.map(({ label, count }) => [label, count])).toEqual([["y", 4], ["x", 1]]);
  expect(legend.none).toBe(1);
  expect(new Set(legend.rows.map(({ colour }) => colour.join())).size).toBe(2);
  const lit = { ...plain, paint: legend.paint, colours: legend.colours, lit: new Set([1]) };
  expect(["1", "2", "3"].map((id) => isShown(lit, "a", row(id)))).toEqual([true, false, false]);
});

test("a legend of numbers is a ramp from the lowest to the highest", () => {
  const values = { state: "s", unit: "m", numbers: [0, 4, 8, null] };
  const { rows, range, none, paint } = legendOf([{ model: "a", ids: { state: "s", ids: ["1", "2", "3", "4"] }, values }], format);
  expect(range).toEqual({ low: 0, high: 8, unit: "m" });
  expect([rows.length, rows[0]!.count, rows.at(-1)!.count, none]).toEqual([8, 1, 1, 1]);
  expect([...paint.get("a")!.values()]).toEqual([0, 4, 7]);
});

test("many small rooms and few halls are told apart by equal counts", () => {
  const areas = [...Array.from({ length: 40 }, (_, at) => 20 + at), 900, 2600];
  const edges = edgesOf(Float64Array.from(areas));
  expect([edges[0], edges.at(-1), edges.length]).toEqual([20, 2600, 9]);
  const ids = areas.map((_, at) => `${at}`);
  const { rows } = legendOf([{ model: "a", ids: { state: "s", ids }, values: { state: "s", unit: "m2", numbers: areas } }], format);
  expect(Math.max(...rows.map(({ count }) => count))).toBeLessThan(8);
  expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(42);
  expect(edgesOf(Float64Array.from([5, 5, 5]))).toEqual([5, 5]);
  expect(edgesOf(Float64Array.from([5, 5, 5, 5, 9]))).toHaveLength(9);
});

test("a hundred thousand elements are coloured within a second", () => {
  const ids = Array.from({ length: 100_000 }, (_, at) => `${at}`.padStart(22, "0"));
  const words = Array.from({ length: 60 }, (_, at) => `w${at}`);
  const began = performance.now();
  const legend = legendOf([{ model: "a", ids: { state: "s", ids }, values: { state: "s", words, codes: ids.map((_, at) => at % 60) } }], format);
  const shown = { ...plain, paint: legend.paint, colours: legend.colours, lit: new Set([3]) };
  const count = ids.filter((id) => isShown(shown, "a", row(id))).length;
  expect(performance.now() - began).toBeLessThan(1000);
  expect(count).toBe(legend.rows[3]!.count);
  expect(legend.rows.reduce((sum, one) => sum + one.count, 0)).toBe(100_000);
});

const group = (node: string, count: number, below: TreeNode["below"] = "groups"): TreeNode => ({ node, level: "in", label: node, count, below });

test("a tree of a million elements is a few runs of lines", () => {
  const pages: Record<string, TreePage> = {
    top: { node: "top", count: 1_000_003, children: [group("top/a", 3, "elements"), group("top/b", 1_000_000)] },
    "top/b": { node: "top/b", count: 1_000_000, children: [group("top/b/c", 1_000_000, "elements")] },
  };
  const whole = walk("top", (node) => pages[node], () => true);
  expect(whole.lines).toBe(3 + 3 + 1_000_000);
  expect(whole.runs.length).toBe(5);
  expect(lineAt(whole, 2)).toMatchObject({ run: { kind: "elements", node: "top/a" }, at: 1 });
  expect(lineAt(whole, 500_006)).toMatchObject({ run: { kind: "elements", node: "top/b/c" }, at: 500_000 });
  expect([parentLine(whole, 500_006), parentLine(whole, 5), parentLine(whole, 0)]).toEqual([5, 4, -1]);
  expect(walk("other", () => undefined, () => true)).toMatchObject({ lines: 1, asked: ["other"] });
});

test("nodes are hidden and left out with what is above them, and say their last choice", () => {
  const storey = "place/in=IfcBuilding:T1/in=IfcBuildingStorey:L1";
  expect(isHidden(`${storey}/class=IfcWall`, [storey])).toBe(true);
  expect(isHidden("place/in=IfcBuilding:T1/in=IfcBuildingStorey:L10", [storey])).toBe(false);
  expect([isLeftOut(`${storey}/class=IfcWall`, [storey]), isLeftOut("place/in=IfcBuilding:T1", [storey]), isLeftOut("place/in=IfcBuilding:T2", [storey])]).toEqual([false, false, true]);
  expect([nodeName(storey), nodeName("type/type=A%2FB"), nodeName("place/in=IfcSpace: 2x")]).toEqual(["L1", "A/B", " 2x"]);
});

test("values have their units, and what was stated otherwise is told", () => {
  const measures = { Q: { Height: { value: 6, unit: "m", stated: 6000, stated_unit: "mm" }, Area: { value: 2, unit: "m2", stated: 2, stated_unit: "m2" } } };
  expect(valueSets({ Q: { Height: 6, Area: 2, Note: "x" } }, measures)[0]!.values).toEqual([["Height", "6 m", "6000 mm"], ["Area", "2 m²"], ["Note", "x"]]);
});

test("states differ value by value, whatever the store notes beside them", () => {
  const before = { name: "a", psets: { P: { x: 1, y: 2 } }, since_version: 1 };
  const after = { name: "a", psets: { P: { x: 1, y: 3 } }, since_version: 2 };
  expect(differences(before, after)).toEqual([{ name: "psets / P / y", from: "2", to: "3" }]);
});

test("references are ids, or things with an id", () => {
  expect(references(["1", { id: "2", name: "n", class: "c" }, null])).toEqual([{ id: "1", name: "", note: "" }, { id: "2", name: "n", note: "c" }]);
  expect(references(null)).toEqual([]);
});

test("a clash names both parties", () => {
  const [one, other] = ["0a2Y65aIvQpesiT5sju97D", "1hCG4aTxXRVwfVwJTcebQP"];
  expect(partiesOf({ global_id: one, subject: `#12 IfcPump ${one}`, data: { other } })).toEqual([one, other]);
});

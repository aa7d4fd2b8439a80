import { expect, test, vi } from "vitest";
import { emptyAssets } from "../src/places/assets/address.ts";
import { askedOf, filterOf, replaced, toggled } from "../src/places/assets/asking.ts";
import { columnsOf } from "../src/places/assets/columns.ts";
import { Pages, type Batch } from "../src/places/assets/paging.ts";
import { marksOf } from "../src/places/assets/marks.ts";
import { emptyView, fromQuery, toQuery } from "../src/url.ts";

test("values of one field are alternatives, fields hold together", () => {
  expect(filterOf(["asset_class:pump", "asset_class:door", "condition:4"])).toBe("asset_class IN ('pump', 'door') AND condition IN (4)");
});

test("what has no value can be asked for beside values", () => {
  expect(filterOf(["system:Chilled Water", "system:"])).toBe("(system IN ('Chilled Water') OR system IS NULL)");
});

test("quotes in values end nothing, and what is no field, number or date asks nothing", () => {
  expect(filterOf(["manufacturer:O'Brien"])).toBe("manufacturer IN ('O''Brien')");
  expect(filterOf(["x) OR (1:1", "condition:bad", "warranty_to:soon"])).toBe("");
});

test("a place stands for all below it, and only one can be chosen", () => {
  expect(filterOf(["location:l-1", "warranty_from:2026-01-01", "warranty_to:2026-12-31"])).toBe(
    "IN_PLACE('l-1') AND warranty_end >= DATE('2026-01-01') AND warranty_end <= DATE('2026-12-31')",
  );
  expect(toggled(["location:l-1", "status:planned"], "location", "l-2")).toEqual(["status:planned", "location:l-2"]);
  expect(toggled(["status:planned"], "status", "planned")).toEqual([]);
  expect(replaced(["warranty_to:2026-01-01"], "warranty_to", "")).toEqual([]);
});

test("a list can be sent as an address and read back", () => {
  const assets = { ...emptyAssets, find: "水泵, 2", narrow: ["system:A, B&C", "location:l-1"], sort: "-tag", columns: ["tag", "status"], tab: "trace" as const, of: ["m:1$2"] };
  expect(fromQuery(toQuery({ ...emptyView, place: "assets", assets })).assets).toEqual(assets);
  expect(toQuery({ ...emptyView, place: "assets" })).toBe("?place=assets");
  expect(askedOf(assets).text).toBe("水泵, 2");
});

test("the tag is always a column, in the order of the table", () => {
  expect(columnsOf(["status", "name"]).map(({ name }) => name)).toEqual(["tag", "name", "status"]);
});

test("elements of several models are coloured by the first group that names them", () => {
  const [red, blue] = [[1, 0, 0], [0, 0, 1]] as const;
  const marks = marksOf([{ elements: ["a:1"], colour: red }, { elements: ["a:1", "b:c:2"], colour: blue }]);
  expect(marks.get("a")!.get("1")).toBe(red);
  expect(marks.get("b:c")!.get("2")).toBe(blue);
});

/** A list of so many numbers, read with cursors that are the number of the first row. */
function numbers(total: number, size: number, most = 3) {
  const asked: string[] = [];
  const read = async (cursor: string): Promise<Batch<number>> => {
    asked.push(cursor);
    const from = Number(cursor || 0);
    const rows = Array.from({ length: Math.min(size, total - from) }, (_, at) => from + at);
    return { rows, matched: cursor ? null : total, next: from + size < total ? String(from + size) : "" };
  };
  return { asked, pages: new Pages(read, () => {}, size, most) };
}

test("pages are read as one comes near them, let go of far away, and read again by their cursors", async () => {
  const { asked, pages } = numbers(1000, 10);
  for (let first = 0; !pages.whole; first = pages.count) {
    pages.want(first, first);
    await new Promise((done) => setTimeout(done));
  }
  expect(pages.count).toBe(1000);
  expect(pages.matched).toBe(1000);
  expect(pages.atHand.length).toBeLessThanOrEqual(40);
  expect(pages.row(3)).toBeUndefined();
  asked.length = 0;
  pages.want(0, 3);
  await vi.waitFor(() => expect(pages.row(3)).toBe(3));
  expect(asked).toEqual([""]);
  expect(pages.count).toBe(1000);
});

test("a page that could not be read is told, and tried again only when asked", async () => {
  const read = vi.fn().mockRejectedValueOnce(new Error("gone")).mockResolvedValue({ rows: [7], matched: 1, next: "" });
  const pages = new Pages<number>(read, () => {}, 10, 3);
  pages.want(0, 0);
  await vi.waitFor(() => expect(pages.problem?.message).toBe("gone"));
  pages.want(0, 0);
  expect(read).toHaveBeenCalledTimes(1);
  pages.retry();
  await vi.waitFor(() => expect(pages.row(0)).toBe(7));
});

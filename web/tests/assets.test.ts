import { expect, test, vi } from "vitest";
import { emptyAssets } from "../src/places/assets/address.ts";
import { askedOf, filterOf, replaced, toggled } from "../src/places/assets/asking.ts";
import { columnsOf } from "../src/places/assets/columns.ts";
import { Pages, type Batch, type Start } from "../src/places/assets/paging.ts";
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

/** A list of so many numbers, read at cursors that are the number of the first row, or at offsets. */
function numbers(total: number, size: number, most = 3) {
  const asked: (string | number)[] = [];
  const read = async ({ cursor, offset }: Start): Promise<Batch<number>> => {
    asked.push(cursor || offset);
    const from = Number(cursor || offset);
    const rows = Array.from({ length: Math.max(0, Math.min(size, total - from)) }, (_, at) => from + at);
    return { rows, matched: from ? null : total, next: from + size < total ? String(from + size) : "" };
  };
  return { asked, pages: new Pages(read, () => {}, size, most) };
}

const soon = () => new Promise((done) => setTimeout(done));

test("pages are read as one comes near them, let go of far away, and read again by their cursors", async () => {
  const { asked, pages } = numbers(1000, 10);
  expect(pages.whole).toBe(false);
  for (let first = 0; first < 1000; first += 10) {
    pages.want(first, first);
    await soon();
  }
  expect(pages.count).toBe(1000);
  expect(pages.matched).toBe(1000);
  expect(asked.slice(0, 3)).toEqual([0, "10", "20"]);
  expect(pages.atHand.length).toBeLessThanOrEqual(40);
  expect(pages.row(3)).toBeUndefined();
  asked.length = 0;
  pages.want(13, 13);
  await vi.waitFor(() => expect(pages.row(13)).toBe(13));
  expect(asked).toEqual(["10"]);
  expect(pages.count).toBe(1000);
});

test("any row is read at once, without those before it", async () => {
  const { asked, pages } = numbers(1_000_000, 500);
  pages.want(0, 0);
  await vi.waitFor(() => expect(pages.count).toBe(1_000_000));
  pages.want(700_123, 700_140);
  await vi.waitFor(() => expect(pages.row(700_123)).toBe(700_123));
  expect(asked).toEqual([0, 700_000]);
  pages.want(999_990, 999_999);
  await vi.waitFor(() => expect(pages.row(999_999)).toBe(999_999));
  expect(pages.count).toBe(1_000_000);
});

test("a list that became shorter or longer meanwhile is as long as its pages say", async () => {
  let total = 95;
  const read = async ({ offset }: Start): Promise<Batch<number>> => {
    const rows = Array.from({ length: Math.max(0, Math.min(10, total - offset)) }, (_, at) => offset + at);
    return { rows, matched: offset ? null : total, next: "" };
  };
  const pages = new Pages(read, () => {}, 10, 9);
  const full = new Pages(async (start: Start) => ({ ...(await read(start)), next: start.offset + 10 < total ? "x" : "" }), () => {}, 10, 9);
  full.want(0, 0);
  await soon();
  total = 72;
  full.want(91, 94);
  await soon();
  expect(full.count).toBe(90);
  full.want(71, 75);
  await soon();
  expect(full.count).toBe(72);
  pages.want(0, 0);
  await soon();
  expect(pages.count).toBe(10);
});

test("what is passed by is not read to its end", async () => {
  const stopped: number[] = [];
  const read = ({ cursor, offset }: Start, signal: AbortSignal): Promise<Batch<number>> =>
    new Promise((done, fail) => {
      if (!cursor && !offset) done({ rows: Array.from({ length: 10 }, (_, at) => at), matched: 1000, next: "10" });
      signal.addEventListener("abort", () => {
        stopped.push(offset);
        fail(new Error("aborted"));
      });
    });
  const pages = new Pages(read, () => {}, 10, 5);
  pages.want(0, 0);
  await vi.waitFor(() => expect(pages.count).toBe(1000));
  pages.want(500, 504);
  pages.want(800, 804);
  await soon();
  expect(stopped).toContain(500);
  expect(pages.problem).toBeNull();
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

import { expect, test } from "vitest";
import { bundles } from "../src/api/bundles.ts";
import { readChoice, recordsPath } from "../src/api/records.ts";
import { crc32, zip } from "../src/api/zip.ts";
import { factsOf, onHost, styleOf, type Figure } from "../src/map/figure.ts";

const figure: Figure = {
  style: "/style",
  box: [113.9, 22.2, 114, 22.3],
  picture: "",
  item: "",
  below: [{ id: "aerial", url: "/tiles/{z}/{y}/{x}.png", bbox: [113, 22, 114, 23], max_zoom: 17 }],
};
const own = {
  version: 8 as const,
  sources: { roads: { type: "vector" as const, tiles: ["http://other/t/{z}"] } },
  layers: [{ id: "roads", type: "line" as const, source: "roads" }],
};

test("a map has its photographs below the layer and the item above it", () => {
  const point: GeoJSON.Feature = { type: "Feature", properties: {}, geometry: { type: "Point", coordinates: [114, 22] } };
  const style = styleOf(figure, own, point, false, "http://host");
  expect(style.layers.map(({ type }) => type)).toEqual(["background", "raster", "line", "fill", "line", "circle"]);
  expect(Object.keys(style.sources)).toEqual(["csdi-below-aerial", "roads", "csdi-item"]);
});

test("an extent alone is drawn as its outline", () => {
  const { sources } = styleOf({ ...figure, below: [] }, null, null, true, "http://host");
  expect(sources["csdi-item"]).toMatchObject({ type: "geojson", data: { geometry: { type: "Polygon" } } });
});

test.each([
  ["https://elsewhere.example/a/{z}?f=mvt", "http://host/a/{z}?f=mvt"],
  ["//elsewhere.example/a", "http://host/a"],
  ["/a", "http://host/a"],
  ["blob:http://host/1", "blob:http://host/1"],
  ["data:image/png;base64,AA//BB", "data:image/png;base64,AA//BB"],
])("%s is asked of our own host", (address, ours) => {
  expect(onHost(address, "http://host")).toBe(ours);
});

test("empty properties are no facts", () => {
  expect(factsOf({ id: 3, name: "A", note: "", none: null, zero: 0 })).toEqual([["name", "A"], ["zero", "0"]]);
});

test("choices become a filter, with quotes doubled and unknown facets left out", () => {
  const query = new URLSearchParams(recordsPath(" 水 ", ["kind:layer", "keywords:a, 'b:c", "evil:1"], 20, "zh-Hant").split("?")[1]);
  expect(query.get("q")).toBe("水");
  expect(query.get("offset")).toBe("20");
  expect(query.get("filter")).toBe("kind = 'layer' AND A_CONTAINS(keywords, ('a, ''b:c'))");
  expect(readChoice("keywords:b:c")).toEqual(["keywords", "b:c"]);
});

test("the parts of a Shapefile go together, everything else alone", () => {
  const files = ["Roads.shp", "Roads.dbf", "roads.csv", "Roads.SHX", "lone.dbf"].map((name) => new File(["x"], name));
  expect(bundles(files).map(({ name }) => name)).toEqual(["Roads.zip", "roads.csv", "lone.dbf"]);
});

test("an archive holds its files as they are", async () => {
  const data = new TextEncoder().encode("123456789");
  expect(crc32(data)).toBe(0xcbf43926);
  const bytes = new Uint8Array(await zip([{ name: "道路.dbf", data }]).arrayBuffer());
  const view = new DataView(bytes.buffer);
  expect(view.getUint32(0, true)).toBe(0x04034b50);
  expect(view.getUint32(14, true)).toBe(0xcbf43926);
  const name = new TextEncoder().encode("道路.dbf").length;
  expect(new TextDecoder().decode(bytes.slice(30 + name, 30 + name + 9))).toBe("123456789");
  const end = bytes.length - 22;
  expect(view.getUint32(end, true)).toBe(0x06054b50);
  expect(view.getUint32(view.getUint32(end + 16, true), true)).toBe(0x02014b50);
});

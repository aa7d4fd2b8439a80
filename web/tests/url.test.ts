import { expect, test } from "vitest";
import { emptyAssets } from "../src/places/assets/address.ts";
import { emptyView, fromQuery, toQuery, type View } from "../src/url.ts";

const full: View = {
  place: "catalogue",
  language: "zh-Hant",
  camera: { lon: 113.932791, lat: 22.314611, height: 329.4, heading: 25, pitch: -38 },
  selection: { collection: "elements", id: "terminal-arch:0DRarc$vTsAG5OU_P61Tp~2" },
  on: ["layer:height-limits"],
  off: ["imagery:aerial", "model:car park & 四號,停車場"],
  cut: { lon: 113.932791, lat: 22.314611, height: 3.25, heading: 19, x: [-4.5, 4.5], y: [null, 12], z: [null, null], face: { azimuth: 90, tilt: -30, offset: 2.5 }, ground: true },
  plan: { storey: "terminal-arch:1kX1Uu62DJfvqf$FH7DAxZ", north: true },
  sun: "2026-06-21T15:30",
  at: "2026-11-21T07:10:00.250Z",
  compare: { model: "car park, 4", version: 3, since: 1, side: "swipe" },
  edges: false,
  tree: "place",
  only: ["place/in=IfcSite:Airport Island/in=IfcBuilding:P, 1"],
  hidden: ["class/class=IfcWall"],
  paint: "psets/Pset_WallCommon/FireRating",
  lit: ["2", "-1"],
  query: "食水 + pipes, fresh",
  facets: ["kind:layer", "keywords:a, b:c"],
  record: "data-gov-hk:道路/1",
  submission: "3f0a91c2",
  chapter: "changes",
  preview: "findings",
  finding: "9be1",
  assets: emptyAssets,
  narrow: ["status:new", "severity:error"],
};

test("a view comes back from its query as it was", () => {
  expect(fromQuery(toQuery(full))).toEqual(full);
});

test("the first view has no query", () => {
  expect(toQuery(emptyView)).toBe("");
  expect(fromQuery("")).toEqual(emptyView);
});

test("ids stay legible in the address", () => {
  expect(toQuery({ ...emptyView, selection: full.selection })).toBe("?sel=elements/terminal-arch:0DRarc$vTsAG5OU_P61Tp~2");
});

test.each(["?cam=1,2,3", "?cam=a,b,c,d,e", "?cam=200,0,0,0,0", "?lang=fr", "?place=nowhere", "?sel=elements/", "?cut=1,2,3", "?cut=113,22,0,0,a,,,,,", "?cut=,22,0,0,,,,,,", "?sun=noon", "?at=now", "?at=2026-13-40T00:00:00Z", "?compare=carpark", "?compare=carpark,1,both", "?sun=2026-13-01T00:00", "?plan=", "?sel=/x", "?=&&x", "?on=,"])(
  "%s cannot be read and changes nothing",
  (query) => {
    expect(fromQuery(query)).toEqual(emptyView);
  },
);

test("a version is compared with the one before, unless the address names an earlier one", () => {
  const since = (query: string): number | undefined => fromQuery(query).compare?.since;
  expect(["?compare=a,4,both", "?compare=a,4,both,1", "?compare=a,4,both,4", "?compare=a,4,both,0", "?compare=a,4,both,x"].map(since)).toEqual([3, 1, 3, 3, 3]);
  expect(toQuery({ ...emptyView, compare: { model: "a", version: 4, since: 3, side: "both" } })).toBe("?compare=a,4,both");
  expect(toQuery({ ...emptyView, compare: { model: "a", version: 4, since: 2, side: "swipe" } })).toBe("?compare=a,4,swipe,2");
});

test("a broken escape is taken as it stands", () => {
  expect(fromQuery("?sel=elements/%E6%zz").selection).toEqual({ collection: "elements", id: "%E6%zz" });
});

// The view as a URL: what a person sees can be sent to another, and the back button means what it says. Pure.
import { languages, type Language } from "./api/text.ts";
import { groupings, type Grouping } from "./api/twin-names.ts";
import { assetsParts, emptyAssets, readAssets, type AssetsView } from "./places/assets/address.ts";
import { cutText, readCut, type Cut } from "./scene/tools/cut.ts";

export const places = ["twin", "catalogue", "submissions", "assets", "operations"] as const;
export type Place = (typeof places)[number];

/** Where the eye is: degrees, metres above the WGS 84 ellipsoid; heading clockwise from north, pitch below the horizon negative. */
export interface Camera {
  readonly lon: number;
  readonly lat: number;
  readonly height: number;
  readonly heading: number;
  readonly pitch: number;
}

export interface Selection {
  readonly collection: string;
  readonly id: string;
}

/** A storey seen from above. */
export interface Plan {
  /** Id of the storey's Feature. */
  readonly storey: string;
  /** Whether north is up, rather than the building's own direction. */
  readonly north: boolean;
}

export const sides = ["both", "before", "after", "swipe"] as const;
/** What of two versions is seen. */
export type Side = (typeof sides)[number];

/** A version of a model beside an earlier one. */
export interface Compare {
  readonly model: string;
  readonly version: number;
  /** The earlier one. */
  readonly since: number;
  readonly side: Side;
}

/** All of the view that is worth sharing. */
export interface View {
  readonly place: Place;
  readonly language: Language | null;
  readonly camera: Camera | null;
  readonly selection: Selection | null;
  /** What is shown although it is hidden at first. */
  readonly on: readonly string[];
  /** What is hidden although it is shown at first. */
  readonly off: readonly string[];
  /** What is cut away from the models. */
  readonly cut: Cut | null;
  readonly plan: Plan | null;
  /** Date and time in Hong Kong by which the sun stands, `2026-06-21T15:30`; "" for the even daylight. */
  readonly sun: string;
  /** Instant at which models and layers are seen as they were, "" for now. */
  readonly at: string;
  readonly compare: Compare | null;
  /** Whether models have lines along their edges. */
  readonly edges: boolean;
  /** What the tree of the models' parts is by, "" for the tree of what is in view. */
  readonly tree: Grouping | "";
  /** Nodes of the tree that alone are shown. */
  readonly only: readonly string[];
  /** Nodes of the tree that are hidden. */
  readonly hidden: readonly string[];
  /** The property that elements are coloured by, "" for none. */
  readonly paint: string;
  /** Rows of the legend that alone are shown. */
  readonly lit: readonly string[];
  /** Words that the catalogue is searched for. */
  readonly query: string;
  /** Chosen values of facets of the catalogue: `kind:layer`. */
  readonly facets: readonly string[];
  /** The Record that is open in the catalogue, "" for none. */
  readonly record: string;
  /** The submission that is open, `new` for one that is being put together, "" for the queue. */
  readonly submission: string;
  /** What of the submission is read. */
  readonly chapter: Chapter;
  /** How its models look in the scene, "" while they are not seen there. */
  readonly preview: Look | "";
  /** Key of the finding that is looked at, "" for none. */
  readonly finding: string;
  /** What lists of the submissions are narrowed to: `state:in-review`, `status:new`. */
  readonly narrow: readonly string[];
  /** What of the assets is looked at. */
  readonly assets: AssetsView;
}

export const chapters = ["findings", "changes", "review", "trail"] as const;
/** A page of a submission. */
export type Chapter = (typeof chapters)[number];

export const looks = ["changes", "findings", "plain"] as const;
/** What colours submitted models in the scene. */
export type Look = (typeof looks)[number];

export const emptyView: View = {
  place: "twin",
  language: null,
  camera: null,
  selection: null,
  on: [],
  off: [],
  cut: null,
  plan: null,
  sun: "",
  at: "",
  compare: null,
  edges: true,
  tree: "",
  only: [],
  hidden: [],
  paint: "",
  lit: [],
  query: "",
  facets: [],
  record: "",
  submission: "",
  chapter: "findings",
  preview: "",
  finding: "",
  narrow: [],
  assets: emptyAssets,
};

/** The query string of a view, "" for the first one. */
export function toQuery(view: View): string {
  const parts: string[] = [];
  const add = (key: string, value: string): void => void parts.push(`${key}=${value}`);
  if (view.place !== "twin") add("place", view.place);
  if (view.camera) add("cam", cameraText(view.camera));
  if (view.on.length) add("on", [...view.on].sort().map(encode).join(","));
  if (view.off.length) add("off", [...view.off].sort().map(encode).join(","));
  if (view.selection) add("sel", `${encode(view.selection.collection)}/${encode(view.selection.id)}`);
  if (view.cut) add("cut", cutText(view.cut));
  if (view.plan) add("plan", encode(view.plan.storey) + (view.plan.north ? ",north" : ""));
  if (view.sun) add("sun", view.sun);
  if (view.at) add("at", encode(view.at));
  if (view.compare) add("compare", compareText(view.compare));
  if (!view.edges) add("edges", "off");
  if (view.tree) add("tree", view.tree);
  if (view.only.length) add("only", view.only.map(encode).join(","));
  if (view.hidden.length) add("hidden", view.hidden.map(encode).join(","));
  if (view.paint) add("paint", encode(view.paint));
  if (view.lit.length) add("lit", view.lit.map(encode).join(","));
  if (view.query) add("q", encode(view.query));
  if (view.facets.length) add("facets", view.facets.map(encode).join(","));
  if (view.record) add("record", encode(view.record));
  if (view.submission) add("submission", encode(view.submission));
  if (view.chapter !== "findings") add("chapter", view.chapter);
  if (view.preview) add("preview", view.preview);
  if (view.finding) add("finding", encode(view.finding));
  if (view.narrow.length) add("narrow", view.narrow.map(encode).join(","));
  for (const [key, values] of assetsParts(view.assets)) add(key, values.map(encode).join(","));
  if (view.language) add("lang", view.language);
  return parts.length ? `?${parts.join("&")}` : "";
}

/** The view of a query string; what cannot be read is as if it were not there. */
export function fromQuery(query: string): View {
  const raw = new Map(
    query
      .replace(/^\?/, "")
      .split("&")
      .filter(Boolean)
      .map((part): [string, string] => {
        const at = part.indexOf("=");
        return at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
      }),
  );
  const list = (key: string): string[] => (raw.get(key) ?? "").split(",").filter(Boolean).map(decode);
  return {
    place: oneOf(places, raw.get("place")) ?? "twin",
    language: oneOf(languages, raw.get("lang")),
    camera: readCamera(decode(raw.get("cam") ?? "")),
    selection: readSelection(raw.get("sel") ?? ""),
    on: list("on"),
    off: list("off"),
    cut: readCut(decode(raw.get("cut") ?? "")),
    plan: readPlan(list("plan")),
    sun: readSun(decode(raw.get("sun") ?? "")),
    at: readInstant(decode(raw.get("at") ?? "")),
    compare: readCompare(list("compare")),
    edges: raw.get("edges") !== "off",
    tree: oneOf(groupings, raw.get("tree")) ?? "",
    only: list("only"),
    hidden: list("hidden"),
    paint: decode(raw.get("paint") ?? ""),
    lit: list("lit"),
    query: decode((raw.get("q") ?? "").replace(/\+/g, " ")),
    facets: list("facets"),
    record: decode(raw.get("record") ?? ""),
    submission: decode(raw.get("submission") ?? ""),
    chapter: oneOf(chapters, raw.get("chapter")) ?? "findings",
    preview: oneOf(looks, raw.get("preview")) ?? "",
    finding: decode(raw.get("finding") ?? ""),
    narrow: list("narrow"),
    assets: readAssets(list),
  };
}

function cameraText({ lon, lat, height, heading, pitch }: Camera): string {
  return [lon.toFixed(6), lat.toFixed(6), height.toFixed(1), heading.toFixed(1), pitch.toFixed(1)].join(",");
}

function readCamera(text: string): Camera | null {
  const numbers = text.split(",").map(Number);
  if (numbers.length !== 5 || text === "" || !numbers.every(Number.isFinite)) return null;
  const [lon, lat, height, heading, pitch] = numbers as [number, number, number, number, number];
  if (Math.abs(lon) > 180 || Math.abs(lat) > 90 || Math.abs(pitch) > 90) return null;
  return { lon, lat, height, heading, pitch };
}

function readSelection(text: string): Selection | null {
  const at = text.indexOf("/");
  return at > 0 && at < text.length - 1 ? { collection: decode(text.slice(0, at)), id: decode(text.slice(at + 1)) } : null;
}

function readPlan([storey, north]: readonly string[]): Plan | null {
  return storey ? { storey, north: north === "north" } : null;
}

function readSun(text: string): string {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(text) && Number.isFinite(Date.parse(`${text}:00+08:00`)) ? text : "";
}

function readInstant(text: string): string {
  return /^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{2}:\d{2})$/.test(text) && Number.isFinite(Date.parse(text)) ? text : "";
}

/** The version before goes without saying. */
function compareText({ model, version, since, side }: Compare): string {
  return [encode(model), version, side, ...(since === version - 1 ? [] : [since])].join(",");
}

function readCompare([model, version, side, since]: readonly string[]): Compare | null {
  const [after, before] = [Number(version), Number(since)];
  if (!model || !Number.isInteger(after) || after < 2) return null;
  return { model, version: after, since: Number.isInteger(before) && before > 0 && before < after ? before : after - 1, side: oneOf(sides, side) ?? "both" };
}

function oneOf<T extends string>(values: readonly T[], text: string | undefined): T | null {
  return values.find((value) => value === text) ?? null;
}

/** As `encodeURIComponent`, but a colon and a dollar stay: they are legal in a query and GlobalIds are full of them. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/%3A/g, ":").replace(/%24/g, "$");
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

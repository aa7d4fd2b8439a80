// How a storey plan is drawn: rooms below, in the colour of a value, then what stands on the floor, then what is cut. Pure.
import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from "maplibre-gl";
import type { Feature } from "../api/types.ts";

export const planSource = "csdi-plan";
export const roomsLayer = "csdi-plan-rooms";

/** Values by id of a space, `model:GlobalId`. */
export type RoomValues = Readonly<Record<string, number | string>>;

interface Inks {
  readonly ground: string;
  readonly room: string;
  readonly solid: string;
  readonly line: string;
  readonly glass: string;
}

const light: Inks = { ground: "#f4f6f7", room: "#ffffff", solid: "#2b3338", line: "#66747c", glass: "#3b8fb8" };
const dark: Inks = { ground: "#141a1e", room: "#222b31", solid: "#c9d2d7", line: "#8c9aa2", glass: "#68b7dc" };
/** From low to high, told apart by those who see few colours. */
const ramp = ["#f0f4c3", "#a8d5a2", "#4fb3a5", "#2a7f9e", "#2c4a8a"] as const;
const kinds = ["#7fb3d5", "#f0b27a", "#82c79a", "#c39bd3", "#f1948a", "#a6acaf", "#d4c26a", "#73c6b6"] as const;
const solid = ["wall", "column", "structure", "slab"];
const glass = ["curtain-wall", "window"];
const seen = ["stair", "ramp", "transport", "furniture", "equipment", "object", "railing"];

export interface LegendEntry {
  readonly colour: string;
  /** The value, or the two ends of a range. */
  readonly of: string | readonly [low: number, high: number];
}

/** What the colours of values mean: ranges of numbers, or the values themselves. */
export function legendOf(values: RoomValues): readonly LegendEntry[] {
  const all = Object.values(values);
  if (all.length === 0) return [];
  if (!all.every((value) => typeof value === "number")) {
    return [...new Set(all.map(String))].sort().map((of, at) => ({ of, colour: kinds[at % kinds.length]! }));
  }
  const [low, high] = [Math.min(...all), Math.max(...all)];
  if (low === high) return [{ of: [low, high], colour: ramp[2] }];
  const step = (high - low) / ramp.length;
  return ramp.map((colour, at) => ({ colour, of: [low + at * step, low + (at + 1) * step] as const }));
}

/** The colour of each room that has a value. */
export function paintOf(values: RoomValues, legend: readonly LegendEntry[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [id, value] of Object.entries(values)) {
    const entry = legend.find(({ of }, at) =>
      typeof of === "string" ? of === String(value) : typeof value === "number" && (value < of[1] || at === legend.length - 1),
    );
    if (entry) found.set(id, entry.colour);
  }
  return found;
}

/** The style of a plan over what its Collection holds of one storey. */
export function planStyle(features: readonly Feature[], values: RoomValues, picked: string, isDark: boolean): StyleSpecification {
  const inks = isDark ? dark : light;
  const data = { type: "FeatureCollection", features: features as unknown as GeoJSON.Feature[] } as const;
  return { version: 8, sources: { [planSource]: { type: "geojson", data } }, layers: layersOf(paintOf(values, legendOf(values)), picked, inks) };
}

function layersOf(paint: ReadonlyMap<string, string>, picked: string, inks: Inks): LayerSpecification[] {
  const of = (...names: string[]): ExpressionSpecification => ["in", ["get", "kind"], ["literal", names]];
  const element: ExpressionSpecification = ["get", "element"];
  const pairs = [...paint].flat();
  const room = (pairs.length ? ["match", element, ...pairs, inks.room] : inks.room) as ExpressionSpecification | string;
  return [
    { id: "csdi-plan-ground", type: "background", paint: { "background-color": inks.ground } },
    { id: roomsLayer, type: "fill", source: planSource, filter: of("space"), paint: { "fill-color": room, "fill-outline-color": inks.line } },
    { id: "csdi-plan-seen", type: "line", source: planSource, filter: of(...seen, "tread", "door-swing"), paint: { "line-color": inks.line, "line-width": 0.8 } },
    { id: "csdi-plan-glass", type: "fill", source: planSource, filter: of(...glass), paint: { "fill-color": inks.glass } },
    { id: "csdi-plan-door", type: "fill", source: planSource, filter: of("door"), paint: { "fill-color": inks.line } },
    { id: "csdi-plan-solid", type: "fill", source: planSource, filter: of(...solid), paint: { "fill-color": inks.solid } },
    {
      id: "csdi-plan-picked",
      type: "line",
      source: planSource,
      filter: ["all", of("space"), ["==", element, picked]],
      paint: { "line-color": "#e11d48", "line-width": 3 },
    },
  ] as LayerSpecification[];
}

/** West, south, east, north of all that is drawn; null for nothing. */
export function boxOf(features: readonly Feature[]): [number, number, number, number] | null {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  const take = (part: unknown): void => {
    if (!Array.isArray(part)) return;
    if (typeof part[0] !== "number") {
      part.forEach(take);
      return;
    }
    const [x, y] = part as [number, number];
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  };
  for (const { geometry } of features) take((geometry as { coordinates?: unknown } | null)?.coordinates);
  return Number.isFinite(box[0]) ? box : null;
}

// What a floor plan is drawn from: storeys, their rooms and assets, open orders, and ways out.
import { queryOptions } from "@tanstack/react-query";
import { getJson } from "../../../api/client.ts";
import { quoted } from "../../../api/assets.ts";
import { loadFeatures } from "../../../api/features.ts";
import type { Feature } from "../../../api/types.ts";

const mostStoreys = 5000;
const mostRooms = 5000;
const mostAssets = 5000;
const staleTime = 60_000;

/** A storey of a building, whichever models draw it. */
export interface Storey {
  /** Building and name: what the address keeps. */
  readonly key: string;
  readonly building: string;
  readonly name: string;
  readonly longName: string;
  /** mPD. */
  readonly level: number;
  /** GlobalIds of the storey in each model that has it. */
  readonly ids: readonly string[];
}

export const storeysQuery = (change: number) =>
  queryOptions({
    queryKey: ["floors", "storeys", change],
    queryFn: async ({ signal }) =>
      storeysOf((await loadFeatures("/ogc/collections/storeys/items?skipGeometry=true", { limit: mostStoreys, signal })).features),
    staleTime,
  });

/** Storeys by building, from the top down; what several models draw under one name is one. */
export function storeysOf(features: readonly Feature[]): readonly Storey[] {
  const found = new Map<string, Storey>();
  for (const { properties } of features) {
    const text = (name: string): string => (typeof properties[name] === "string" ? (properties[name] as string) : "");
    const [building, name] = [text("building"), text("name") || text("global_id")];
    const key = `${building}/${name}`;
    const before = found.get(key);
    const level = typeof properties["base_level"] === "number" ? properties["base_level"] : Number.NaN;
    found.set(key, {
      key,
      building,
      name,
      longName: before?.longName || text("long_name"),
      level: before && Number.isFinite(before.level) ? before.level : level,
      ids: [...(before?.ids ?? []), text("global_id")],
    });
  }
  return [...found.values()].sort((one, other) => one.building.localeCompare(other.building) || (other.level || 0) - (one.level || 0));
}

const within = (storey: Storey): string => encodeURIComponent(`storey IN (${storey.ids.map(quoted).join(",")})`);

export const roomsQuery = (storey: Storey | undefined, change: number) =>
  queryOptions({
    queryKey: ["floors", "rooms", storey?.key, change],
    enabled: storey !== undefined,
    queryFn: ({ signal }) => loadFeatures(`/ogc/collections/spaces/items?filter=${within(storey!)}`, { limit: mostRooms, signal }),
    staleTime,
  });

export const assetsOnQuery = (storey: Storey | undefined, change: number) =>
  queryOptions({
    queryKey: ["floors", "assets", storey?.key, change],
    enabled: storey !== undefined,
    queryFn: ({ signal }) => loadFeatures(`/ogc/collections/asset-register/items?filter=${within(storey!)}`, { limit: mostAssets, signal }),
    staleTime,
  });

/** Of each space the metres of the way from it to the nearest exit. */
export const exitsQuery = (wanted: boolean, change: number) =>
  queryOptions({
    queryKey: ["floors", "exits", change],
    enabled: wanted,
    queryFn: async ({ signal }) => {
      const { features } = await getJson<{ features: readonly Feature[] }>("/api/routes/evacuation", signal);
      return new Map(features.map(({ id, properties }) => [String(id), properties["metres_to_exit"] as number | null]));
    },
    staleTime: 300_000,
  });

/** The path of the location that stands for a storey, "" where the register has none. */
export const pathOfQuery = (storey: Storey | undefined) =>
  queryOptions({
    queryKey: ["floors", "path", storey?.key],
    enabled: storey !== undefined,
    queryFn: async ({ signal }) => {
      const filter = encodeURIComponent(`kind = 'storey' AND storey IN (${storey!.ids.map(quoted).join(",")})`);
      const { features } = await loadFeatures(`/ogc/collections/asset-locations/items?skipGeometry=true&filter=${filter}`, { limit: 1, signal });
      return String(features[0]?.properties["path"] ?? "");
    },
    staleTime,
  });

// Values of rooms that a plan can be coloured by. Pure.
import type { Feature } from "../../../api/types.ts";

export const ownValues = ["area", "height", "volume", "exit", "condition", "assets", "orders", "kind", "zone"] as const;
export type OwnValue = (typeof ownValues)[number];
export const units: Readonly<Record<string, string>> = { area: "m²", volume: "m³", height: "m", exit: "m" };

/** What is known of the rooms of a storey besides their own properties. */
export interface About {
  /** Metres of the way to the nearest exit by id of the space. */
  readonly exits: ReadonlyMap<string, number | null>;
  /** Assets by GlobalId of the space that they are in. */
  readonly assets: ReadonlyMap<string, readonly Feature[]>;
  /** Open orders by id of the asset. */
  readonly orders: ReadonlyMap<string, number>;
}

/** A value of a room: a number, words, or null where there is none. `of` is one of our own or `Set.Property`. */
export function valueOf(room: Feature, of: string, about: About): number | string | null {
  const { properties } = room;
  const inside = about.assets.get(String(properties["global_id"])) ?? [];
  switch (of) {
    case "area":
    case "height":
    case "volume":
      return numberOf(properties[of]);
    case "exit":
      return about.exits.get(String(room.id)) ?? null;
    case "condition":
      return worst(inside);
    case "assets":
      return inside.length;
    case "orders":
      return inside.reduce((sum, { id }) => sum + (about.orders.get(String(id)) ?? 0), 0);
    case "kind":
      return wordsOf(properties["object_type"]) ?? wordsOf(properties["predefined_type"]);
    case "zone":
      return wordsOf((properties["zones"] as unknown as readonly { name?: string }[] | null)?.[0]?.name);
    default:
      return propertyOf(room, of);
  }
}

/** The worst condition of assets, null where none is known. */
function worst(assets: readonly Feature[]): number | null {
  const known = assets.map(({ properties }) => numberOf(properties["condition"])).filter((one) => one !== null);
  return known.length ? Math.max(...known) : null;
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function wordsOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

type Sets = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

function setsOf({ properties }: Feature): Sets {
  return { ...(properties["psets"] as unknown as Sets | null), ...(properties["quantities"] as unknown as Sets | null) };
}

function propertyOf(room: Feature, of: string): number | string | null {
  const at = of.indexOf(".");
  const value = setsOf(room)[of.slice(0, at)]?.[of.slice(at + 1)];
  return typeof value === "boolean" ? String(value) : (numberOf(value) ?? wordsOf(value));
}

/** `Set.Property` of all that these rooms have, by set. */
export function propertiesOf(rooms: readonly Feature[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>();
  for (const room of rooms) {
    for (const [set, values] of Object.entries(setsOf(room))) {
      if (!found.has(set)) found.set(set, new Set());
      for (const [name, value] of Object.entries(values ?? {})) if (typeof value !== "object") found.get(set)!.add(name);
    }
  }
  return new Map([...found].map(([set, names]) => [set, [...names].sort()]));
}

// Two versions as colours: which elements are other, in which colour, and how many. Pure.
import type { ModelChanges, PlacedChange, Version } from "../../api/versions.ts";
import { plain, type Appearance, type Rgb } from "../../scene/appearance.ts";
import { Members } from "../../scene/members.ts";
import type { Before } from "../../scene/versions.ts";
import type { Side } from "../../url.ts";

export const statuses = ["new", "removed", "changed", "moved", "reidentified"] as const;
export type Status = (typeof statuses)[number];

/** Colours that all eyes tell apart (after Okabe and Ito): green, red, amber, blue, pink. */
export const statusColours: Readonly<Record<Status, Rgb>> = {
  new: [0, 0.62, 0.45],
  removed: [0.79, 0.13, 0.09],
  changed: [0.9, 0.62, 0],
  moved: [0, 0.45, 0.7],
  reidentified: [0.8, 0.47, 0.65],
};

/** Signs that say the same without colour. */
export const statusSigns: Readonly<Record<Status, string>> = { new: "+", removed: "−", changed: "~", moved: "→", reidentified: "#" };

const faint = 0.18;

/** What changed of a model, and the version before where it has tiles. */
export interface Compared extends Pick<ModelChanges, "model" | "changes"> {
  readonly before: Pick<Version, "tileset" | "placement"> | null;
}

/** How many elements of each status there are, and how many are as they were; elements and other products together. */
export function elementCounts({ counts }: Pick<ModelChanges, "counts">): Readonly<Record<Status | "unchanged", number>> {
  const sum = (status: string): number => (counts["elements"]?.[status] ?? 0) + (counts["other_products"]?.[status] ?? 0);
  return { new: sum("new"), removed: sum("removed"), changed: sum("changed"), moved: sum("moved"), reidentified: sum("reidentified"), unchanged: sum("unchanged") };
}

/** What is drawn for a change: elements and spaces have bodies. */
export function drawn(changes: readonly PlacedChange[]): readonly PlacedChange[] {
  return changes.filter(({ collection }) => collection === "elements");
}

/** How the version that is seen looks beside the one before. */
export function appearanceOf({ model, changes }: ModelChanges, side: Side, changedOnly: boolean): Appearance {
  const paint = new Map(drawn(changes).filter(({ status }) => status !== "removed").map(({ global_id, status }) => [global_id, statuses.indexOf(status as Status)]));
  return {
    ...plain,
    hidden: side === "before" ? new Members({ [model]: "all" }) : null,
    paint: new Map([[model, paint]]),
    colours: statuses.map((status) => statusColours[status]),
    lit: new Set(changedOnly ? statuses.map((_, at) => at) : []),
    faint: side === "both" ? faint : 1,
  };
}

/** The version before as the scene takes it, null where it has no tiles. */
export function beforeOf({ model, before, changes }: Compared, side: Side, chosen: ReadonlySet<Status>): Before | null {
  if (!before?.tileset) return null;
  const own = drawn(changes).filter(({ status }) => status !== "new" && (chosen.size === 0 || chosen.has(status as Status)));
  const key = ({ was, global_id }: PlacedChange): string => was ?? global_id;
  return {
    model,
    tileset: before.tileset,
    local: before.placement === "local",
    side,
    colours: new Map(own.map((change) => [key(change), statusColours[change.status as Status]])),
    gone: new Set(own.filter(({ status }) => status === "removed").map(key)),
    ghosts: new Set(own.filter(({ status, aspects }) => status === "moved" || aspects.includes("placement") || aspects.includes("shape")).map(key)),
    arrows: own.flatMap(({ arrow }) => (arrow ? [arrow] : [])),
    arrowColour: statusColours.moved,
  };
}

/** What the list shows: of chosen statuses (all for none) and of a class ("" for all), elements first. */
export function listed(changes: readonly PlacedChange[], chosen: ReadonlySet<Status>, ifcClass: string): readonly PlacedChange[] {
  const wanted = changes.filter(({ status, ifc_class }) => (chosen.size === 0 || chosen.has(status as Status)) && (ifcClass === "" || ifc_class === ifcClass));
  const rank = ({ collection, status }: PlacedChange): number => (collection === "elements" ? 0 : 10) + statuses.indexOf(status as Status);
  return [...wanted].sort((one, other) => rank(one) - rank(other) || one.ifc_class.localeCompare(other.ifc_class) || one.name.localeCompare(other.name));
}

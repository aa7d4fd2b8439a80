// The site as it stood at an instant, and the instants at which something changed. Pure.
import { asOf } from "../../api/features.ts";
import type { Model, Site } from "../../api/types.ts";
import type { Version, Versions } from "../../api/versions.ts";
import type { Compare } from "../../url.ts";

/** The version that held at an instant, null before the first one. */
export function versionAt(versions: readonly Version[], instant: string): Version | null {
  const moment = Date.parse(instant);
  return versions.find(({ valid_from, valid_to }) => Date.parse(valid_from) <= moment && (valid_to === null || moment < Date.parse(valid_to))) ?? null;
}

/** The model in one of its versions. */
export function modelIn(model: Model, { tileset, spaces, placement, bbox, count }: Version): Model {
  return { ...model, tileset, spaces, placement, bbox, count };
}

/** The site as it stood at an instant: models in their versions of then, layers asked for as they were, with their counts where known. */
export function siteAt(site: Site, versions: Versions, instant: string, counts: ReadonlyMap<string, number> = new Map()): Site {
  const models = site.models.flatMap((model) => {
    const own = versions.models[model.id];
    const then = own && versionAt(own, instant);
    return own ? (then ? [modelIn(model, then)] : []) : [model];
  });
  const layers = site.layers.map((layer) => ({ ...layer, items: layer.items + asOf(instant, "?"), count: counts.get(layer.id) ?? layer.count }));
  return { ...site, at: instant, models, layers };
}

const ofModels: ReadonlySet<string> = new Set(["elements", "spaces", "storeys", "buildings", "systems", "zones", "types"]);

const alsoKept: ReadonlySet<string> = new Set(["models", "storey-plans"]);

/** Whether a Collection holds parts of models, which have versions. */
export function isOfModels(collection: string): boolean {
  return ofModels.has(collection);
}

/** By which parameter a Feature is asked for as it was at an instant; "" for as it is, and where nothing is kept of how it was. */
export function stateThen(collection: string, at: string | undefined, versions: Versions | undefined): string {
  return isOfModels(collection) || alsoKept.has(collection) || versions?.layers[collection] ? asOf(at, "") : "";
}

/** The site with one model in the version that it is compared in. */
export function siteCompared(site: Site, versions: Versions, { model, version }: Compare): Site {
  const wanted = versions.models[model]?.find((one) => one.version === version);
  return wanted ? { ...site, models: site.models.map((one) => (one.id === model ? modelIn(one, wanted) : one)) } : site;
}

/** An instant at which something changed. */
export interface Mark {
  readonly instant: string;
  readonly models: readonly { readonly id: string; readonly version: number }[];
  readonly layers: readonly string[];
}

/** All instants at which a version of a model began or a layer changed, the oldest first; one second counts as one. */
export function marksOf({ models, layers }: Versions): readonly Mark[] {
  const marks = new Map<number, { instant: string; models: { id: string; version: number }[]; layers: string[] }>();
  const at = (instant: string) => {
    const second = Math.floor(Date.parse(instant) / 1000);
    const known = marks.get(second) ?? { instant, models: [], layers: [] };
    if (Date.parse(instant) > Date.parse(known.instant)) known.instant = instant;
    marks.set(second, known);
    return known;
  };
  for (const [id, own] of Object.entries(models)) for (const { version, valid_from } of own ?? []) if (valid_from) at(valid_from).models.push({ id, version });
  for (const [id, instants] of Object.entries(layers)) for (const instant of instants ?? []) at(instant).layers.push(id);
  return [...marks].sort(([one], [other]) => one - other).map(([, mark]) => mark);
}

/** The mark before or after an instant ("" for now), null where there is none. */
export function stepped(marks: readonly Mark[], instant: string, step: -1 | 1): Mark | null {
  const moment = instant === "" ? Infinity : Date.parse(instant);
  const there = marks.filter((mark) => (step < 0 ? Date.parse(mark.instant) < moment : Date.parse(mark.instant) > moment));
  return (step < 0 ? there.at(-1) : there[0]) ?? null;
}

const hongKongMs = 8 * 3_600_000;

/** The instant as a clock in Hong Kong shows it, as a field of date and time takes it: `2026-11-21T15:10:05`. */
export function clockOf(instant: string): string {
  return new Date(Date.parse(instant) + hongKongMs).toISOString().slice(0, 19);
}

/** The instant of such a clock, "" for what is none. */
export function instantOf(clock: string): string {
  const moment = Date.parse(`${clock.length === 16 ? `${clock}:00` : clock}+08:00`);
  return Number.isFinite(moment) ? new Date(moment).toISOString().replace(".000Z", "Z") : "";
}

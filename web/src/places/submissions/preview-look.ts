// Submitted models in place of those of the twin: which stand where, in which colours, and how many of each. Pure.
import type { Found, Severity } from "../../api/findings.ts";
import { severities } from "../../api/findings.ts";
import type { Preview } from "../../api/previews.ts";
import type { Model, Site } from "../../api/types.ts";
import type { PlacedChange } from "../../api/versions.ts";
import { beforeOf, drawn, elementCounts, statusColours, statuses, statusSigns, type Status } from "../../panels/versions/compare.ts";
import { plain, severityColours, type Appearance, type Rgb } from "../../scene/appearance.ts";
import { Members } from "../../scene/members.ts";
import type { Before } from "../../scene/versions.ts";
import type { Look, Selection } from "../../url.ts";

const faint: Readonly<Record<Look, number>> = { changes: 0.18, findings: 0.35, plain: 1 };

/** Signs that say the same as the colours of findings. */
export const severitySigns: Readonly<Record<Severity, string>> = { error: "✕", warning: "▲", note: "•" };

/** The site with submitted models in place of the twin's. */
export function sitePreviewed(site: Site, previews: readonly Preview[]): Site {
  const own = new Map(previews.map((preview) => [preview.model, preview]));
  const there = new Set(site.models.map(({ id }) => id));
  const more = previews.filter(({ model }) => !there.has(model)).map((preview) => modelIn({ id: preview.model, title: preview.model, ...nowhere }, preview));
  return { ...site, models: [...site.models.map((model) => (own.has(model.id) ? modelIn(model, own.get(model.id)!) : model)), ...more] };
}

const nowhere = { placement: "local", tileset: null, bbox: null, count: 0 } as const;

function modelIn(model: Model, { tileset, placement, bbox, elements }: Preview): Model {
  return { ...model, tileset, spaces: null, placement, bbox, count: elements };
}

/** The submitted model that a selected thing is of, null where it is one of the twin's: what goes with a submission is still there. */
export function previewOf({ collection, id }: Selection, previews: readonly Preview[]): Preview | null {
  if (collection !== "elements" && collection !== "spaces") return null;
  const found = previews.find(({ model }) => id.startsWith(`${model}:`));
  if (!found) return null;
  const globalId = id.slice(found.model.length + 1);
  const goes = found.changes?.changes.some(({ status, global_id, was }) => (status === "removed" && global_id === globalId) || was === globalId);
  return goes ? null : found;
}

/** What is other than in the twin, in all submitted models, by what it is. */
export function changesOf(previews: readonly Preview[]): readonly (PlacedChange & { readonly model: string })[] {
  const rank = ({ status }: PlacedChange): number => statuses.indexOf(status as Status);
  const all = previews.flatMap(({ model, changes }) => drawn(changes?.changes ?? []).map((change) => ({ ...change, model })));
  return all.sort((one, other) => rank(one) - rank(other) || one.ifc_class.localeCompare(other.ifc_class) || one.name.localeCompare(other.name));
}

/** Findings that have a pin: not those whose element has its colour, none where changes or materials are looked at. */
export function pinned(found: readonly Found[], look: Look | "", previews: readonly Preview[]): readonly Found[] {
  if (look === "" || previews.length === 0) return found;
  if (look !== "findings") return [];
  const drawnOf = new Map(previews.map((one) => [one.model, new Set(one.found)]));
  return found.filter(({ model, globalId }) => !drawnOf.get(model)?.has(globalId));
}

/** The worst finding that stands on each element that is drawn, by model and GlobalId. */
export function worstOf(previews: readonly Preview[], found: readonly Found[]): ReadonlyMap<string, ReadonlyMap<string, Severity>> {
  const drawnOf = new Map(previews.map((one) => [one.model, new Set(one.found)]));
  const worst = new Map(previews.map(({ model }) => [model, new Map<string, Severity>()]));
  for (const { model, globalId, parties, severity, status } of found) {
    const own = worst.get(model);
    if (status === "solved" || !own) continue;
    for (const id of new Set([globalId, ...parties])) {
      if (!drawnOf.get(model)!.has(id)) continue;
      const known = own.get(id);
      if (!known || severities.indexOf(severity) < severities.indexOf(known)) own.set(id, severity);
    }
  }
  return worst;
}

/** One row of the legend. */
export interface Row {
  readonly name: Status | Severity;
  readonly colour: Rgb;
  readonly sign: string;
  /** Elements. */
  readonly count: number;
}

/** The rows of the legend of a look, and how many elements have none of its colours. */
export function legendOf(look: Look, previews: readonly Preview[], found: readonly Found[]): { readonly rows: readonly Row[]; readonly none: number } {
  const all = previews.reduce((sum, { elements }) => sum + elements, 0);
  if (look === "changes") {
    const counts = previews.map((one) => (one.changes ? elementCounts(one.changes) : { ...zero, new: one.accepted ? 0 : one.elements, unchanged: 0 }));
    const sum = (name: Status | "unchanged"): number => counts.reduce((total, one) => total + one[name], 0);
    const rows = statuses.map((name) => ({ name, colour: statusColours[name], sign: statusSigns[name], count: sum(name) }));
    return { rows: rows.filter(({ name, count }) => name !== "reidentified" || count > 0), none: sum("unchanged") };
  }
  if (look === "plain") return { rows: [], none: all };
  const worst = [...worstOf(previews, found).values()].flatMap((own) => [...own.values()]);
  const rows = severities.map((name) => ({ name, colour: severityColours[name]!, sign: severitySigns[name], count: worst.filter((one) => one === name).length }));
  return { rows, none: Math.max(0, all - worst.length) };
}

const zero = { new: 0, removed: 0, changed: 0, moved: 0, reidentified: 0 };

/** How colours are narrowed. */
export interface Narrowed {
  /** Rows of the legend that alone are coloured, empty for all. */
  readonly chosen: ReadonlySet<string>;
  /** What has no colour is not shown. */
  readonly alone: boolean;
  /** Models that are not shown. */
  readonly hidden: readonly string[];
}

/** How the elements of the scene look. */
export function appearanceOf(look: Look, previews: readonly Preview[], found: readonly Found[], { chosen, alone, hidden }: Narrowed): Appearance | null {
  if (previews.length === 0) return null;
  const without = hidden.length ? new Members(Object.fromEntries(hidden.map((model) => [model, "all"]))) : null;
  if (look === "plain") return { ...plain, hidden: without };
  const isChosen = (name: string): boolean => chosen.size === 0 || chosen.has(name);
  const names: readonly string[] = look === "changes" ? statuses : severities;
  const numbers = new Map(names.flatMap((name, number) => (isChosen(name) ? [[name, number] as const] : [])));
  const of = look === "changes" ? changed(previews) : worstOf(previews, found);
  const paint = new Map([...of].map(([model, own]) => [model, new Map([...own].flatMap(([id, name]) => (numbers.has(name) ? [[id, numbers.get(name)!] as const] : [])))]));
  const fresh = look === "changes" && isChosen("new") ? previews.filter(({ accepted }) => accepted === null) : [];
  return {
    ...plain,
    hidden: without,
    paint,
    whole: new Map(fresh.map(({ model }) => [model, statuses.indexOf("new")])),
    colours: look === "changes" ? statuses.map((status) => statusColours[status]) : severities.map((severity) => severityColours[severity]!),
    lit: new Set(alone ? names.map((_, number) => number) : []),
    faint: faint[look],
  };
}

function changed(previews: readonly Preview[]): ReadonlyMap<string, ReadonlyMap<string, string>> {
  return new Map(previews.map(({ model, changes }) => [model, new Map(drawn(changes?.changes ?? []).map(({ global_id, status }) => [global_id, status]))]));
}

/** The versions in the twin as the scene takes them: what goes, and where things stood. */
export function acceptedOf(look: Look, previews: readonly Preview[], chosen: ReadonlySet<string>): Before[] {
  if (look !== "changes") return [];
  return previews.flatMap(({ model, accepted, changes }) => {
    const before = changes && beforeOf({ model, before: accepted, changes: changes.changes }, "both", chosen as ReadonlySet<Status>);
    return before && before.colours.size > 0 ? [before] : [];
  });
}

// The state of the page: the shared view (kept in the URL) and what belongs to this visit only.
import { create } from "zustand";
import type { Problem } from "./api/problem.ts";
import type { Layer, Site } from "./api/types.ts";
import { languages, type Language } from "./api/text.ts";
import type { Rgb } from "./scene/appearance.ts";
import { emptyView, fromQuery, toQuery, type Camera, type Selection, type View } from "./url.ts";

export type Theme = "auto" | "light" | "dark";

/** A place in the scene that a person pointed at; height in metres above the WGS 84 ellipsoid. */
export interface Point {
  readonly lon: number;
  readonly lat: number;
  readonly height: number;
}

/** A place that the page points out: degrees, mPD, and what is said beside it. */
export interface Spot {
  readonly lon: number;
  readonly lat: number;
  /** mPD, null for the ground. */
  readonly level: number | null;
  readonly text: string;
}

/** A finding in the scene: degrees, mPD, null for the ground. */
export interface Pin {
  readonly id: string;
  readonly lon: number;
  readonly lat: number;
  readonly level: number | null;
  readonly severity: string;
}

/** What the scene says about a layer or a model. */
export interface Status {
  readonly state: "loading" | "ready" | "failed";
  readonly loaded: number;
  /** There is more than what is drawn. */
  readonly cut?: boolean;
}

export interface Progress {
  readonly tiles: number;
  readonly terrain: number;
}

export interface Notice {
  readonly id: number;
  readonly problem: Problem;
  readonly count: number;
}

interface State {
  readonly view: View;
  readonly theme: Theme;
  readonly picked: Point | null;
  /** Elements that are selected beside the one in the address, by Feature id. */
  readonly others: readonly string[];
  /** Elements that are brought out in colours of their own, such as the parties of a finding. */
  readonly marked: ReadonlyMap<string, ReadonlyMap<string, Rgb>>;
  /** Findings that are marked in the scene. */
  readonly pins: readonly Pin[];
  /** A place that is pointed out in the scene. */
  readonly spot: Spot | null;
  /** Looking through walls: because a person asked, or because the selected element stands behind them. */
  readonly seeThrough: "off" | "asked" | "needed";
  readonly pointer: Point | null;
  readonly eye: Camera | null;
  readonly status: Readonly<Record<string, Status>>;
  readonly progress: Progress;
  readonly notices: readonly Notice[];
}

export const useStore = create<State>(() => ({
  view: fromQuery(location.search),
  theme: readTheme(),
  picked: null,
  others: [],
  marked: new Map(),
  pins: [],
  spot: null,
  seeThrough: "off",
  pointer: null,
  eye: null,
  status: {},
  progress: { tiles: 0, terrain: 0 },
  notices: [],
}));

/** Changes the view and makes a step in the browser's history. */
export function go(change: Partial<View>): void {
  write(change, "pushState");
}

/** Changes the view in place: camera movements are no steps to go back over. */
export function amend(change: Partial<View>): void {
  write(change, "replaceState");
}

function write(change: Partial<View>, how: "pushState" | "replaceState"): void {
  const view = { ...useStore.getState().view, ...change };
  useStore.setState({ view });
  const url = location.pathname + toQuery(view);
  if (url !== location.pathname + location.search) history[how](null, "", url);
}

/** Follows the browser's back and forward buttons. */
export function followHistory(): () => void {
  const follow = (): void => useStore.setState((state) => ({ view: fromQuery(location.search), picked: null, seeThrough: asked(state) }));
  addEventListener("popstate", follow);
  return () => removeEventListener("popstate", follow);
}

/** Looking through walls for the sake of one element ends with its selection. */
function asked({ seeThrough }: State): State["seeThrough"] {
  return seeThrough === "asked" ? "asked" : "off";
}

export function select(selection: Selection | null, picked: Point | null = null): void {
  useStore.setState((state) => ({ picked, others: [], marked: selection ? state.marked : new Map(), seeThrough: asked(state) }));
  const { selection: before } = useStore.getState().view;
  if (before?.collection !== selection?.collection || before?.id !== selection?.id) go({ selection });
}

/** Selects an element beside those that are selected, or lets go of it. */
export function selectAlso(selection: Selection | null, picked: Point | null): void {
  const { view, others } = useStore.getState();
  if (!selection) return;
  if (selection.collection !== "elements" || view.selection?.collection !== "elements") return select(selection, picked);
  if (selection.id === view.selection.id) {
    const [next, ...rest] = others;
    select(next === undefined ? null : { collection: "elements", id: next }, null);
    return useStore.setState({ others: rest });
  }
  const has = others.includes(selection.id);
  useStore.setState({ others: has ? others.filter((id) => id !== selection.id) : [...others, selection.id] });
}

/** Whether a person sees this before they choose: all that is in its true place and not said to be hidden. */
export function shownAtFirst(site: Site): ReadonlySet<string> {
  const ids = [
    ...site.imagery.filter((image) => image.visible ?? image.photo ?? true).map((image) => key("imagery", image.id)),
    ...site.layers.filter((layer) => layer.visible ?? !coversOthers(layer)).map((layer) => key("layer", layer.id)),
    ...site.models.filter((model) => model.placement === "georeferenced").map((model) => key("model", model.id)),
  ];
  return new Set(site.terrain ? [...ids, key("terrain", "terrain")] : ids);
}

/** Limits in the air and crowds of points hide what they lie over; one asks for them. */
function coversOthers({ style, geometry, count }: Layer): boolean {
  return (style.height ?? null) !== null || style.surface === true || (/point/i.test(geometry) && count > crowd);
}

const crowd = 400;

export type Part = "imagery" | "terrain" | "layer" | "model" | "spaces";

/** Name of a part of the scene in the URL and in the state. */
export function key(part: Part, id: string): string {
  return `${part}:${id}`;
}

/** What is shown now. */
export function shown(site: Site, view: View): ReadonlySet<string> {
  const all = new Set(shownAtFirst(site));
  for (const id of view.on) all.add(id);
  for (const id of view.off) all.delete(id);
  return all;
}

/** What is shown now; a plan shows its own model alone. */
export function drawn(site: Site, view: View): ReadonlySet<string> {
  const all = shown(site, view);
  if (!view.plan) return all;
  const model = modelOf(view.plan.storey);
  const spaces = key("spaces", model);
  return new Set([key("model", model), ...(all.has(spaces) ? [spaces] : [])]);
}

/** The model that a storey, a space or an element belongs to: ids are `model:GlobalId`. */
export function modelOf(id: string): string {
  return id.slice(0, Math.max(0, id.lastIndexOf(":")));
}

/** Shows or hides parts of the scene. */
export function show(site: Site, parts: readonly string[], visible: boolean): void {
  const first = shownAtFirst(site);
  const { view } = useStore.getState();
  const on = new Set(view.on);
  const off = new Set(view.off);
  for (const part of parts) {
    on.delete(part);
    off.delete(part);
    if (visible !== first.has(part)) (visible ? on : off).add(part);
  }
  go({ on: [...on], off: [...off] });
}

/** The language of the page: the URL's, else the browser's, else English. */
export function useLanguage(): Language {
  return useStore(({ view }) => view.language) ?? browserLanguage();
}

function browserLanguage(): Language {
  for (const tag of navigator.languages) {
    if (/^zh\b.*(hans|cn|sg)/i.test(tag)) return "zh-Hans";
    if (/^zh\b/i.test(tag)) return "zh-Hant";
    const exact = languages.find((language) => tag.startsWith(language));
    if (exact) return exact;
  }
  return "en";
}

export function setTheme(theme: Theme): void {
  localStorage.setItem("csdi.theme", theme);
  useStore.setState({ theme });
}

function readTheme(): Theme {
  const kept = localStorage.getItem("csdi.theme");
  return kept === "light" || kept === "dark" ? kept : "auto";
}

let notices = 0;

/** Tells a person what went wrong; the same thing twice is one notice with a count. */
export function tell(problem: Problem): void {
  const { notices: now } = useStore.getState();
  const same = now.find((notice) => notice.problem.code === problem.code && notice.problem.message === problem.message);
  useStore.setState({
    notices: same
      ? now.map((notice) => (notice === same ? { ...notice, count: notice.count + 1 } : notice))
      : [...now.slice(-3), { id: ++notices, problem, count: 1 }],
  });
}

export function dismiss(id: number): void {
  useStore.setState(({ notices: now }) => ({ notices: now.filter((notice) => notice.id !== id) }));
}

export function setStatus(part: string, status: Status): void {
  useStore.setState((state) => ({ status: { ...state.status, [part]: status } }));
}

export { emptyView };

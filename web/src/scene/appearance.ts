// What elements look like apart from their materials: which are shown, and in which colours. Pure.
import type { Ids, Values } from "../api/twin.ts";
import type { Text } from "../api/types.ts";
import type { Members, Row } from "./members.ts";

/** Red, green, blue, 0 to 1. */
export type Rgb = readonly [number, number, number];

/** Numbers of colours by GlobalId for one model; what is not in it has none of these. */
export type Paint = ReadonlyMap<string, number>;

/** How the elements of the scene differ from what their models say. */
export interface Appearance {
  /** Only these are shown; null for all. */
  readonly only: Members | null;
  readonly hidden: Members | null;
  /** By model; null where nothing is coloured. */
  readonly paint: ReadonlyMap<string, Paint> | null;
  readonly colours: readonly Rgb[];
  /** Numbers of colours that alone are shown, empty for all; -1 stands for what has none. */
  readonly lit: ReadonlySet<number>;
  /** GlobalIds by model that are brought out, such as both parties of a clash. */
  readonly marked: ReadonlyMap<string, ReadonlyMap<string, Rgb>>;
  /** Numbers of colours of models that have one colour as a whole. */
  readonly whole?: ReadonlyMap<string, number>;
  /** How opaque what has no colour is while other things have one, 1 unless told. */
  readonly faint?: number;
}

export const plain: Appearance = { only: null, hidden: null, paint: null, colours: [], lit: new Set(), marked: new Map() };

export function isPlain({ only, hidden, paint, marked }: Appearance): boolean {
  return only === null && hidden === null && paint === null && marked.size === 0;
}

/** Whether anything of the model can be shown. */
export function isSeen({ only, hidden }: Appearance, model: string): boolean {
  return (only === null || only.touches(model)) && !(hidden?.holds(model) ?? false);
}

/** Number of the colour of an element, -1 for none of them. */
export function colourOf({ paint, whole }: Appearance, model: string, { globalId }: Row): number {
  return paint?.get(model)?.get(globalId) ?? whole?.get(model) ?? -1;
}

export function isShown(appearance: Appearance, model: string, row: Row): boolean {
  const { only, hidden, lit, paint } = appearance;
  if (only !== null && !only.has(model, row)) return false;
  if (hidden?.has(model, row)) return false;
  return paint === null || lit.size === 0 || lit.has(colourOf(appearance, model, row));
}

/** One row of a legend; number `index` of the colours. */
export interface LegendRow {
  readonly index: number;
  readonly label: string;
  /** What the label is called. */
  readonly title?: Text | undefined;
  readonly count: number;
  readonly colour: Rgb;
}

export interface Legend {
  readonly rows: readonly LegendRow[];
  /** Elements without a value. */
  readonly none: number;
  /** Lowest and highest number and the unit, null where values are words. */
  readonly range: { readonly low: number; readonly high: number; readonly unit: string } | null;
  readonly paint: ReadonlyMap<string, Paint>;
  readonly colours: readonly Rgb[];
}

/** Okabe and Ito's colours for all eyes without black, then tints of them. */
const words: readonly Rgb[] = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#7f6bb3", "#8a5a2b", "#5f9e3a", "#b0507a", "#3f8f9b"].map(rgb);
const others = rgb("#9aa4ad");
const mostRows = 24;
const bins = 8;
/** Share of all numbers that one class of equal steps may hold. */
const mostInOne = 0.5;
/** Points of the ramp of lightness and hue that M. van der Walt and N. Smith called viridis, dark to light. */
const ramp: readonly Rgb[] = ["#440154", "#46327e", "#365c8d", "#277f8e", "#1fa187", "#4ac16d", "#a0da39", "#fde725"].map(rgb);
export const severityColours: Readonly<Record<string, Rgb>> = { error: rgb("#d55e00"), warning: rgb("#e69f00"), note: rgb("#56b4e9") };

/** Of the parties of a finding, first and second and so on. */
export const partyColours: readonly Rgb[] = [rgb("#d55e00"), rgb("#0072b2"), rgb("#e69f00"), rgb("#009e73")];

/** The legend over several models; where one gives numbers and another words, numbers count as words. */
export function legendOf(models: readonly { readonly model: string; readonly ids: Ids; readonly values: Values }[], format: (value: number) => string): Legend {
  const whole = models.filter(({ ids, values }) => ids.state === values.state);
  const numeric = whole.filter(({ values }) => "numbers" in values && values.numbers.some((one) => one !== null));
  const worded = whole.some(({ values }) => "words" in values && values.words.length > 0);
  return numeric.length > 0 && !worded ? numbersLegend(whole, format) : wordsLegend(whole);
}

function numbersLegend(models: readonly { model: string; ids: Ids; values: Values }[], format: (value: number) => string): Legend {
  let unit = "";
  const all: number[] = [];
  for (const { values } of models) {
    if (!("numbers" in values)) continue;
    unit ||= values.unit;
    for (const value of values.numbers) if (value !== null) all.push(value);
  }
  const edges = edgesOf(Float64Array.from(all).sort());
  const [low, high, count] = [edges[0]!, edges.at(-1)!, edges.length - 1];
  const colours = count === 1 ? [ramp[4]!] : Array.from({ length: count }, (_, index) => ramp[Math.round((index * (ramp.length - 1)) / (count - 1))]!);
  const counts = new Array<number>(count).fill(0);
  const paint = new Map<string, Map<string, number>>();
  let none = 0;
  for (const { model, ids, values } of models) {
    const own = new Map<string, number>();
    const numbers = "numbers" in values ? values.numbers : [];
    for (let row = 0; row < ids.ids.length; row++) {
      const value = numbers[row] ?? null;
      if (value === null) {
        none++;
        continue;
      }
      const index = classOf(value, edges);
      counts[index]!++;
      own.set(ids.ids[row]!, index);
    }
    paint.set(model, own);
  }
  const label = (index: number): string => (count === 1 ? format(low) : `${format(edges[index]!)} – ${format(edges[index + 1]!)}`);
  const rows = counts.map((n, index) => ({ index, label: label(index), count: n, colour: colours[index]! }));
  return { rows, none, range: { low, high, unit }, paint, colours };
}

/**
 * Edges of the classes of sorted numbers, from the least to the greatest: equal steps, or equal counts where most numbers would share a step,
 * such as the areas of many rooms and few halls.
 */
export function edgesOf(sorted: Float64Array): readonly number[] {
  const [low, high] = [sorted[0] ?? 0, sorted.at(-1) ?? 0];
  if (!(high > low)) return [low, high];
  const steps = Array.from({ length: bins + 1 }, (_, index) => (index === bins ? high : low + (index * (high - low)) / bins));
  const counts = new Array<number>(bins).fill(0);
  for (const value of sorted) counts[classOf(value, steps)]!++;
  if (Math.max(...counts) <= sorted.length * mostInOne) return steps;
  const shares = Array.from({ length: bins + 1 }, (_, index) => sorted[Math.round((index * (sorted.length - 1)) / bins)]!);
  const edges = [...new Set(shares)];
  return edges.length > 2 ? edges : steps;
}

/** The class of a number among edges, the last one with its upper edge. */
function classOf(value: number, edges: readonly number[]): number {
  let [low, high] = [0, edges.length - 2];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (edges[middle]! <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}

function wordsLegend(models: readonly { model: string; ids: Ids; values: Values }[]): Legend {
  const total = new Map<string, number>();
  const texts = models.map(({ values }) => ("words" in values ? values : asWords(values)));
  for (const { words: own, codes } of texts) {
    const counts = new Array<number>(own.length).fill(0);
    for (const code of codes) if (code >= 0) counts[code]!++;
    own.forEach((word, code) => total.set(word, (total.get(word) ?? 0) + counts[code]!));
  }
  const ordered = [...total].sort((one, other) => other[1] - one[1] || one[0].localeCompare(other[0]));
  const number = new Map(ordered.map(([word], index) => [word, Math.min(index, mostRows - 1)]));
  const paint = new Map<string, Map<string, number>>();
  let none = 0;
  models.forEach(({ model, ids }, at) => {
    const own = new Map<string, number>();
    const numbers = texts[at]!.words.map((word) => number.get(word)!);
    texts[at]!.codes.forEach((code, row) => (code < 0 ? none++ : own.set(ids.ids[row]!, numbers[code]!)));
    paint.set(model, own);
  });
  const cut = ordered.length > mostRows;
  const shown = cut ? ordered.slice(0, mostRows - 1) : ordered;
  const titles = new Map(models.flatMap(({ values }) => ("words" in values ? (values.titles ?? []).map((title, at) => [values.words[at]!, title] as const) : [])));
  const rows: LegendRow[] = shown.map(([label, count], index) => ({ index, label, title: titles.get(label), count, colour: wordColour(label, index) }));
  if (cut) rows.push({ index: mostRows - 1, label: "", count: ordered.slice(mostRows - 1).reduce((sum, [, n]) => sum + n, 0), colour: others });
  return { rows, none, range: null, paint, colours: rows.map(({ colour }) => colour) };
}

function asWords(values: Extract<Values, { numbers: unknown }>): { words: readonly string[]; codes: readonly number[] } {
  const number = new Map<string, number>();
  const codes = values.numbers.map((value) => {
    if (value === null) return -1;
    const word = String(value);
    if (!number.has(word)) number.set(word, number.size);
    return number.get(word)!;
  });
  return { words: [...number.keys()], codes };
}

function wordColour(label: string, index: number): Rgb {
  const own = severityColours[label];
  if (own) return own;
  const base = words[index % words.length]!;
  return index < words.length ? base : (base.map((part) => part + (1 - part) * 0.45) as unknown as Rgb);
}

export function rgb(hex: string): Rgb {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255) as unknown as Rgb;
}

export function css(colour: Rgb): string {
  return `rgb(${colour.map((part) => Math.round(part * 255)).join(" ")})`;
}

// Answers about networks in the scene: what an element is in the answer, and its colour. Pure but for the drawing.
import type { NetworkElement } from "../api/networks.ts";
import type { Position } from "../api/types.ts";
import { rgb, type Rgb } from "./appearance.ts";
import type { Stroke } from "./strokes.ts";

export const parts = ["start", "flow", "end", "isolated", "stopped", "dependent", "close", "fewest", "failing"] as const;
/** What an element is in an answer. */
export type Part = (typeof parts)[number];

/** Colours that all eyes tell apart, after Okabe and Ito. */
export const partColours: Readonly<Record<Part, Rgb>> = {
  start: rgb("#e69f00"),
  flow: rgb("#56b4e9"),
  end: rgb("#0072b2"),
  isolated: rgb("#d55e00"),
  stopped: rgb("#f0e442"),
  dependent: rgb("#cc79a7"),
  close: rgb("#009e73"),
  fewest: rgb("#009e73"),
  failing: rgb("#d55e00"),
};

/** Elements of an answer by what they are in it. */
export interface PartOf {
  readonly part: Part;
  readonly elements: readonly NetworkElement[];
}

interface Line {
  readonly geometry: { readonly coordinates: readonly Position[] } | null;
  readonly properties: { readonly element: string };
}

/** The lines of an answer, each in the colour of what its element is. */
export function networkStrokes(lines: readonly Line[], groups: readonly PartOf[]): Stroke[] {
  const part = new Map<string, Part>();
  for (const group of groups) for (const { id } of group.elements) if (!part.has(id)) part.set(id, group.part);
  return lines.flatMap(({ geometry, properties: { element } }) =>
    geometry ? [{ line: geometry.coordinates, colour: partColours[part.get(element) ?? "flow"], widthPx: 5, mark: { collection: "elements", id: element } }] : [],
  );
}

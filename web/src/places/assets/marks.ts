// Colours of elements by model. Pure.
import type { Rgb } from "../../scene/appearance.ts";

export type Marks = ReadonlyMap<string, ReadonlyMap<string, Rgb>>;
export const noMarks: Marks = new Map();

/** Elements, by `model:GlobalId`, in the colour of the first group that names them. */
export function marksOf(groups: readonly { readonly elements: Iterable<string>; readonly colour: Rgb }[]): Marks {
  const made = new Map<string, Map<string, Rgb>>();
  for (const { elements, colour } of groups)
    for (const id of elements) {
      const model = id.slice(0, Math.max(0, id.lastIndexOf(":")));
      if (!made.has(model)) made.set(model, new Map());
      const own = made.get(model)!;
      const globalId = id.slice(model.length + 1);
      if (!own.has(globalId)) own.set(globalId, colour);
    }
  return made.size ? made : noMarks;
}

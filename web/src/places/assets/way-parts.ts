// A way taken apart: the leg behind each step, and the legs on each storey. Pure.
import type { Leg } from "../../api/ways.ts";

/** The leg that each step tells of, in the order of the way; undefined for its beginning and its end. */
export function legsOfSteps(steps: readonly string[], legs: readonly Leg[]): (Leg | undefined)[] {
  let next = 0;
  return steps.map((step) => {
    const at = legs.findIndex(({ properties }, index) => index >= next && properties.instruction === step);
    if (at < 0) return undefined;
    next = at + 1;
    return legs[at];
  });
}

export interface Floor {
  readonly level: string;
  readonly model: string;
  readonly legs: Leg[];
}

/** The legs by the storey that they are walked on, in the order of the way. */
export function floorsOf(legs: readonly Leg[]): Floor[] {
  const floors: Floor[] = [];
  for (const leg of legs) {
    const { level, space } = leg.properties;
    if (!level || !space) continue;
    const model = space.slice(0, Math.max(0, space.lastIndexOf(":")));
    const known = floors.find((one) => one.level === level && one.model === model);
    if (known) known.legs.push(leg);
    else floors.push({ level, model, legs: [leg] });
  }
  return floors;
}

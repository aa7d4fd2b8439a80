// What a measure comes to, as words beside it and as rows of a table. Pure.
import type { Language } from "../../api/text.ts";
import { formatFixed, formatNumber, type Key } from "../../i18n/translate.ts";
import { angle, area, lengthAlong, pointsOf, span, type Measured, type MeasureKind } from "../../scene/tools/measures.ts";

export interface Row {
  readonly name: Key;
  readonly value: string;
}

/** The results, none while points are missing. */
export function resultsOf(kind: MeasureKind, points: readonly Measured[]): Row[] {
  if (points.length < pointsOf[kind].least || kind === "point") return [];
  if (kind === "area") {
    const { plane, level, outline } = area(points);
    return [row("measure.plane", plane, "m²"), row("measure.levelArea", level, "m²"), row("measure.outline", outline, "m")];
  }
  if (kind === "angle") {
    const found = angle([points[0]!, points[1]!, points[2]!]);
    return found === null ? [] : [{ name: "measure.value.angle", value: `${formatFixed(found, 2)}°` }];
  }
  const along = kind === "line" ? [row("measure.length", lengthAlong(points), "m")] : [];
  const { straight, level, rise } = span(points[0]!, points.at(-1)!);
  return [...along, row("measure.straight", straight, "m"), row("measure.level", level, "m"), row("measure.rise", rise, "m")];
}

/** What is written in the scene: lengths at the middle of their lines, everything else at the last point. */
export function notesOf(kind: MeasureKind, points: readonly Measured[], language: Language): { at: Measured; text: string }[] {
  const metres = (value: number): string => `${formatNumber(language, value, 3)} m`;
  const sides = points.slice(1).map((point, at) => ({ at: between(points[at]!, point), text: metres(span(points[at]!, point).straight) }));
  if (kind === "distance") return sides;
  const [first] = resultsOf(kind, points);
  const last = points.at(-1);
  const whole = first && last ? [{ at: last, text: first.value }] : [];
  return kind === "line" && sides.length > 1 ? [...sides, ...whole] : kind === "line" ? sides : whole;
}

function row(name: Key, value: number, unit: string): Row {
  return { name, value: `${formatFixed(value, 3)} ${unit}` };
}

function between(a: Measured, b: Measured): Measured {
  const middle = (p: number, q: number): number => (p + q) / 2;
  return {
    at: [middle(a.at[0], b.at[0]), middle(a.at[1], b.at[1]), middle(a.at[2], b.at[2])],
    lon: middle(a.lon, b.lon),
    lat: middle(a.lat, b.lat),
    height: middle(a.height, b.height),
  };
}

// Colours as BCF writes them. Pure.
import type { Rgb } from "../../scene/appearance.ts";

/** `RRGGBB` or `AARRGGBB`. */
export function rgbOf(colour: string): Rgb {
  const hex = colour.slice(-6);
  return [0, 2, 4].map((at) => (parseInt(hex.slice(at, at + 2), 16) || 0) / 255) as unknown as Rgb;
}

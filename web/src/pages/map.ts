// Makes the maps of an HTML page live.
import type { Figure } from "../map/figure.ts";
import { preview, type Preview } from "../map/preview.ts";

declare global {
  interface Window {
    /** For tests: the maps of the page, in its order; null where a picture stands. */
    __maps?: Promise<readonly (Preview | null)[]>;
  }
}

const dark = matchMedia("(prefers-color-scheme: dark)").matches;
const figures = [...document.querySelectorAll<HTMLElement>("figure[data-figure]")];

window.__maps = Promise.all(
  figures.map((element) =>
    preview(element, JSON.parse(element.dataset["figure"]!) as Figure, { dark, label: element.getAttribute("aria-label") ?? "" }),
  ),
);

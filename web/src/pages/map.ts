// Makes the maps of an HTML page live.
import type { Figure } from "../map/figure.ts";
import { preview } from "../map/preview.ts";

const dark = matchMedia("(prefers-color-scheme: dark)").matches;
const figures = [...document.querySelectorAll<HTMLElement>("figure[data-figure]")];

window.__maps = Promise.all(
  figures.map((element) =>
    preview(element, JSON.parse(element.dataset["figure"]!) as Figure, { dark, label: element.getAttribute("aria-label") ?? "" }),
  ),
);

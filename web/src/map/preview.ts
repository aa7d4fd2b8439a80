// A map in an element of the page: drawn by MapLibre from our tiles, or a picture from our server where MapLibre cannot draw.
import type { Map as MapLibreMap, MapMouseEvent, StyleSpecification } from "maplibre-gl";
import { factsOf, itemSource, onHost, styleOf, type Figure } from "./figure.ts";
import { mapLibre } from "./library.ts";

const tolerancePx = 4;

export interface Preview {
  readonly map: MapLibreMap;
  readonly close: () => void;
}

export interface Look {
  readonly dark: boolean;
  /** What the map is of, for those who do not see it. */
  readonly label: string;
  /** What stands out, instead of the item of the figure. */
  readonly marked?: GeoJSON.GeoJSON | undefined;
}

/** Draws the figure; null when this browser cannot, and then its picture stands there.
 *
 * The element's `data-state` is `drawn` when all of the first view is there, `picture` for a picture.
 */
export async function preview(element: HTMLElement, figure: Figure, { dark, label, marked }: Look): Promise<Preview | null> {
  const canvas = Object.assign(document.createElement("div"), { className: "canvas" });
  try {
    const [library, own, item] = await Promise.all([mapLibre(), read<StyleSpecification>(figure.style), marked ?? read<GeoJSON.GeoJSON>(figure.item)]);
    element.replaceChildren(canvas);
    const map = new library.Map({
      container: canvas,
      style: styleOf(figure, own, item, dark, location.origin),
      bounds: [...figure.box],
      fitBoundsOptions: { animate: false },
      attributionControl: false,
      dragRotate: false,
      fadeDuration: 0,
      locale: { "Map.Title": label },
      transformRequest: (url) => ({ url: onHost(url, location.origin) }),
    });
    map.addControl(new library.NavigationControl({ showCompass: false }));
    map.addControl(new library.ScaleControl({}));
    map.on("idle", () => (element.dataset["state"] = "drawn"));
    map.on("click", (event) => tell(library, map, event));
    return { map, close: () => map.remove() };
  } catch (error) {
    console.warn("the map is shown as a picture:", error);
    showPicture(element, figure, label);
    return null;
  }
}

async function read<T>(address: string): Promise<T | null> {
  if (!address) return null;
  const answer = await fetch(onHost(address, location.origin));
  if (!answer.ok) throw new Error(`${address}: HTTP ${answer.status}`);
  return (await answer.json()) as T;
}

function showPicture(element: HTMLElement, figure: Figure, label: string): void {
  element.replaceChildren();
  element.dataset["state"] = "picture";
  if (figure.picture) element.append(Object.assign(document.createElement("img"), { src: onHost(figure.picture, location.origin), alt: label }));
}

/** A click says what is there, with a link to the item. */
function tell(library: Awaited<ReturnType<typeof mapLibre>>, map: MapLibreMap, { point, lngLat }: MapMouseEvent): void {
  const around = [
    [point.x - tolerancePx, point.y - tolerancePx],
    [point.x + tolerancePx, point.y + tolerancePx],
  ] as [[number, number], [number, number]];
  const found = map.queryRenderedFeatures(around).find(({ source }) => source !== itemSource);
  if (!found) return;
  const box = document.createElement("div");
  const id = String(found.properties["id"] ?? found.id ?? "");
  const link = Object.assign(document.createElement("a"), {
    textContent: id,
    href: `/ogc/collections/${encodeURIComponent(found.sourceLayer ?? "")}/items/${encodeURIComponent(id)}?f=html`,
  });
  box.append(link);
  for (const [name, value] of factsOf(found.properties)) {
    const line = document.createElement("div");
    line.append(Object.assign(document.createElement("b"), { textContent: name }), ` ${value}`);
    box.append(line);
  }
  new library.Popup({ maxWidth: "20rem" }).setLngLat(lngLat).setDOMContent(box).addTo(map);
}

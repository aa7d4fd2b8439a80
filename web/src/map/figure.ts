// What a map of a Collection consists of: its own style over the photographs of the place, and an item that stands out. Pure.
import type { FilterSpecification, LayerSpecification, SourceSpecification, StyleSpecification } from "maplibre-gl";

/** West, south, east, north in CRS84. */
export type Box = readonly [number, number, number, number];

export interface Below {
  readonly id: string;
  readonly url: string;
  readonly bbox?: readonly number[] | null;
  readonly min_zoom?: number;
  readonly max_zoom?: number;
}

export interface Figure {
  /** Address of a MapLibre style; "" for a map of an extent alone. */
  readonly style: string;
  readonly box: Box;
  /** Address of a picture, for browsers that cannot draw maps. */
  readonly picture: string;
  /** Address of an item as GeoJSON that stands out. */
  readonly item: string;
  readonly below: readonly Below[];
}

export const itemSource = "csdi-item";
const ink = "#e11d48";
/** How much an area hides what is below it: extents lie over each other. */
const shade = { item: 0.2, extents: 0.03 };
const grounds = { light: "#eef1f3", dark: "#1c242a" };

/** The style of a figure: ground, photographs, the Collection, the item. `own` is null for an extent alone, `item` for no item. */
export function styleOf(figure: Figure, own: StyleSpecification | null, item: GeoJSON.GeoJSON | null, dark: boolean, host: string): StyleSpecification {
  const sources: Record<string, SourceSpecification> = {};
  const layers: LayerSpecification[] = [{ id: "csdi-ground", type: "background", paint: { "background-color": grounds[dark ? "dark" : "light"] } }];
  for (const below of figure.below) {
    const id = `csdi-below-${below.id}`;
    sources[id] = {
      type: "raster",
      tiles: [onHost(below.url, host)],
      tileSize: 256,
      maxzoom: below.max_zoom ?? 19,
      ...(below.bbox ? { bounds: below.bbox as [number, number, number, number] } : {}),
    };
    layers.push({ id, type: "raster", source: id, paint: { "raster-opacity": 0.75, "raster-fade-duration": 0 } });
  }
  Object.assign(sources, own?.sources);
  layers.push(...(own?.layers ?? []).filter(({ type }) => type !== "background"));
  const marked = item ?? (own ? null : outline(figure.box));
  if (marked) {
    sources[itemSource] = { type: "geojson", data: marked };
    layers.push(...itemLayers(item && own ? shade.item : shade.extents));
  }
  return { version: 8, sources, layers };
}

/** An address on the host that this page came from: behind a proxy a server may name itself differently. */
export function onHost(address: string, host: string): string {
  return address.replace(/^(?:https?:)?\/\/[^/]+/i, "").replace(/^(?=\/)/, host);
}

function itemLayers(opacity: number): LayerSpecification[] {
  const shape = (kind: string): FilterSpecification => ["==", ["geometry-type"], kind];
  return [
    { id: `${itemSource}-fill`, type: "fill", source: itemSource, filter: shape("Polygon"), paint: { "fill-color": ink, "fill-opacity": opacity } },
    {
      id: `${itemSource}-line`,
      type: "line",
      source: itemSource,
      filter: ["!=", ["geometry-type"], "Point"],
      paint: { "line-color": ink, "line-width": 2 },
    },
    {
      id: `${itemSource}-point`,
      type: "circle",
      source: itemSource,
      filter: shape("Point"),
      paint: { "circle-color": ink, "circle-radius": 7, "circle-stroke-color": "#fff", "circle-stroke-width": 2 },
    },
  ];
}

function outline([west, south, east, north]: Box): GeoJSON.Feature {
  const ring = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
  return { type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [ring] } };
}

const mostFacts = 10;

/** Id and properties of a drawn Feature for people, those without a value left out. */
export function factsOf(properties: Readonly<Record<string, unknown>>): readonly (readonly [name: string, value: string])[] {
  return Object.entries(properties)
    .filter(([name, value]) => name !== "id" && value !== null && value !== undefined && value !== "")
    .slice(0, mostFacts)
    .map(([name, value]) => [name, String(value)]);
}

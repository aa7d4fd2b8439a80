// MapLibre GL is served as it is published, from our own host: for our pages, and for pages that people write from our snippets.
import type { Plugin } from "vite";
import { packageAssets, packageFolder, type Assets } from "./assets.ts";

const files = ["maplibre-gl.mjs", "maplibre-gl-worker.mjs", "maplibre-gl.css"];
const assets: Assets = files.map((name) => [`dist/${name}`, name]);

export function mapLibreAssets(): Plugin {
  return packageAssets(packageFolder("maplibre-gl"), "maplibre", assets);
}

// MapLibre GL, loaded from our own host when the first map is shown.
import type * as MapLibre from "maplibre-gl";

const folder = "/maplibre";
let loading: Promise<typeof MapLibre> | null = null;

export function mapLibre(): Promise<typeof MapLibre> {
  loading ??= load();
  return loading;
}

async function load(): Promise<typeof MapLibre> {
  const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `${folder}/maplibre-gl.css` });
  const styled = new Promise((done) => sheet.addEventListener("load", done));
  document.head.append(sheet);
  const address = `${folder}/maplibre-gl.mjs`;
  const library = (await import(/* @vite-ignore */ address)) as typeof MapLibre;
  await styled;
  return library;
}

// A layer of buildings as 3D tiles: all of them, however many; those that a model shows better give way to it.
import {
  Cesium3DTileColorBlendMode,
  Cesium3DTileFeature,
  Cesium3DTileset,
  Color,
  Cesium3DTileStyle,
  type Scene,
} from "./engine.ts";
import type { City, Layer, Site } from "../api/types.ts";
import type { Selection } from "../url.ts";
import type { Drawing } from "./drawing.ts";
import { ambientLight } from "./look.ts";

const highlight = Color.fromCssColorString("#2f86ff");
const cacheBytes = 96 * 1024 * 1024;

/** A layer with the tileset that draws it, where it has one. */
export interface DrawnLayer extends Layer {
  readonly city?: City;
}

/** The site's layers, each with its tileset where there is one. */
export function withCities(site: Site): DrawnLayer[] {
  const cities = new Map(site.city?.map((city) => [city.collection, city]));
  return site.layers.map((layer) => {
    const city = cities.get(layer.id);
    return city ? { ...layer, city } : layer;
  });
}

const collections = new WeakMap<Cesium3DTileset, string>();

/** The building that a pick gives back; null for anything else. */
export function buildingOf(object: unknown): Selection | null {
  if (!(object instanceof Cesium3DTileFeature)) return null;
  const collection = collections.get(object.tileset);
  const id: unknown = object.getProperty("id");
  return collection !== undefined && typeof id === "string" ? { collection, id } : null;
}

/** Draws a layer from its tileset. */
export async function drawCity(scene: Scene, layer: Layer, city: City, failed: (url: string) => void): Promise<Drawing> {
  const tileset = await Cesium3DTileset.fromUrl(city.tileset, {
    maximumScreenSpaceError: 16,
    cacheBytes,
    maximumCacheOverflowBytes: cacheBytes,
    environmentMapOptions: { enabled: false },
    enableCollision: false,
    show: false,
  });
  tileset.imageBasedLighting = ambientLight();
  tileset.colorBlendMode = Cesium3DTileColorBlendMode.REPLACE;
  tileset.tileFailed.addEventListener(({ url }: { url: string }) => failed(url));
  collections.set(tileset, layer.id);
  scene.primitives.add(tileset);
  return new CityDrawing(scene, tileset, layer, city);
}

/** A style whose expressions are functions of ours. */
interface Evaluated {
  color: { evaluateColor(feature: Cesium3DTileFeature | undefined, result: Color): Color };
  show: { evaluate(feature: Cesium3DTileFeature | undefined): boolean };
}

class CityDrawing implements Drawing {
  readonly ground = [];
  #selected: string | null = null;
  #models: ReadonlySet<string> = new Set();
  readonly #color: Color;

  constructor(
    private readonly scene: Scene,
    private readonly tileset: Cesium3DTileset,
    layer: Layer,
    private readonly city: City,
  ) {
    this.#color = Color.fromCssColorString(layer.style.color) ?? Color.LIGHTGRAY.clone();
    this.#restyle();
  }

  get ready(): boolean {
    return !this.tileset.show || this.tileset.tilesLoaded;
  }

  setVisible(visible: boolean): void {
    this.tileset.show = visible;
    this.scene.requestRender();
  }

  setModels(shown: ReadonlySet<string>): void {
    this.#models = shown;
    this.#restyle();
  }

  select(id: string | null): void {
    if (this.#selected === id) return;
    this.#selected = id;
    this.#restyle();
  }

  setLanguage(): void {}

  update(): void {}

  destroy(): void {
    this.scene.primitives.remove(this.tileset);
  }

  #restyle(): void {
    const style = new Cesium3DTileStyle() as unknown as Evaluated;
    const [selected, color] = [this.#selected, this.#color];
    style.color = { evaluateColor: (feature, result) => Color.clone(selected !== null && idOf(feature) === selected ? highlight : color, result) };
    style.show = { evaluate: (feature) => !this.#models.has(this.city.replaced[idOf(feature)] ?? "") };
    this.tileset.style = style as unknown as Cesium3DTileStyle;
    this.scene.requestRender();
  }
}

function idOf(feature: Cesium3DTileFeature | undefined): string {
  const id: unknown = feature?.getProperty("id");
  return typeof id === "string" ? id : "";
}

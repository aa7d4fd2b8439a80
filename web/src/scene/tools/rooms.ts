// Spaces as translucent bodies with their names and areas, one tileset beside each model's.
import {
  Cartesian3,
  Cesium3DTileset,
  Cesium3DTileStyle,
  Color,
  DistanceDisplayCondition,
  LabelCollection,
  LabelStyle,
  type Scene,
  Transforms,
} from "../engine.ts";
import { readAll } from "./readings.ts";
import { Problem } from "../../api/problem.ts";
import type { Feature, Model } from "../../api/types.ts";
import { ambientLight } from "../look.ts";
import type { Mark } from "../shapes.ts";

const plain = "#4dabf7";
const chosen = "#f08c00";
const labelRangeM = 160;

interface Entry {
  readonly url: string;
  readonly model: Model;
  tileset: Cesium3DTileset | null;
  labels: LabelCollection | null;
  visible: boolean;
}

/** The spaces of the site. */
export class Rooms {
  readonly #entries = new Map<string, Entry>();
  #selected: string | null = null;

  constructor(
    private readonly scene: Scene,
    private readonly centre: readonly [number, number, number],
    private readonly failure: (problem: Problem) => void,
  ) {}

  /** The models whose spaces are to be seen; all others' are hidden. */
  show(models: readonly Model[], visible: ReadonlySet<string>): void {
    for (const model of models) {
      const url = model.spaces ?? null;
      const known = this.#entries.get(model.id);
      if (known && known.url !== url) this.#drop(model.id, known);
      if (url && visible.has(model.id) && !this.#entries.has(model.id)) this.#add(model, url);
    }
    for (const [id, entry] of this.#entries) this.#setVisible(entry, visible.has(id));
    this.scene.requestRender();
  }

  select(id: string | null): void {
    this.#selected = id;
    for (const { tileset } of this.#entries.values()) if (tileset) tileset.style = this.#style();
    this.scene.requestRender();
  }

  /** Whether a tileset is one of spaces. */
  has(tileset: unknown): boolean {
    return [...this.#entries.values()].some((entry) => entry.tileset === tileset);
  }

  get tilesets(): Cesium3DTileset[] {
    return [...this.#entries.values()].flatMap(({ tileset }) => (tileset ? [tileset] : []));
  }

  get settled(): boolean {
    return [...this.#entries.values()].every(({ visible, tileset }) => !visible || (tileset?.tilesLoaded ?? false));
  }

  #add(model: Model, url: string): void {
    const entry: Entry = { url, model, tileset: null, labels: null, visible: true };
    this.#entries.set(model.id, entry);
    this.#load(entry).catch((error: unknown) => {
      this.#entries.delete(model.id);
      this.failure(Problem.of(error, "tile"));
    });
  }

  async #load(entry: Entry): Promise<void> {
    const tileset = await Cesium3DTileset.fromUrl(entry.url, { maximumScreenSpaceError: 12, environmentMapOptions: { enabled: false }, enableCollision: false });
    if (this.#entries.get(entry.model.id) !== entry) return tileset.destroy();
    if (entry.model.placement === "local") tileset.modelMatrix = Transforms.eastNorthUpToFixedFrame(Cartesian3.fromDegrees(...this.centre));
    tileset.imageBasedLighting = ambientLight();
    tileset.style = this.#style();
    tileset.show = entry.visible;
    entry.tileset = this.scene.primitives.add(tileset) as Cesium3DTileset;
    this.scene.requestRender();
    if (entry.model.placement !== "local") this.#label(entry, await readAll("spaces", entry.model.id));
  }

  #label(entry: Entry, spaces: readonly Feature[]): void {
    if (this.#entries.get(entry.model.id) !== entry) return;
    const labels = this.scene.primitives.add(new LabelCollection({ scene: this.scene })) as LabelCollection;
    for (const space of spaces) {
      const place = middleOf(space, this.centre[2]);
      if (place) labels.add({ position: place, ...labelLook, text: wordsOf(space), id: { collection: "spaces", id: String(space.id) } satisfies Mark });
    }
    labels.show = entry.visible;
    entry.labels = labels;
    this.scene.requestRender();
  }

  #setVisible(entry: Entry, visible: boolean): void {
    entry.visible = visible;
    if (entry.tileset) entry.tileset.show = visible;
    if (entry.labels) entry.labels.show = visible;
  }

  #drop(id: string, { tileset, labels }: Entry): void {
    this.#entries.delete(id);
    for (const part of [tileset, labels]) if (part) this.scene.primitives.remove(part);
  }

  #style(): Cesium3DTileStyle {
    const id = (this.#selected ?? "").replace(/["\\]/g, "\\$&");
    return new Cesium3DTileStyle({ color: { conditions: [[`\${id} === "${id}"`, `color("${chosen}", 0.62)`], ["true", `color("${plain}", 0.36)`]] } });
  }
}

const labelLook = {
  font: "500 12px system-ui, 'Noto Sans HK', 'Noto Sans CJK HK', sans-serif",
  style: LabelStyle.FILL,
  fillColor: Color.WHITE,
  showBackground: true,
  backgroundColor: Color.fromCssColorString("#17212a").withAlpha(0.72),
  distanceDisplayCondition: new DistanceDisplayCondition(0, labelRangeM),
};

/** Middle of a space's outline at half its height; `datum` is the ellipsoidal height of 0 mPD. */
function middleOf({ geometry, properties }: Feature, datum: number): Cartesian3 | null {
  if (geometry?.type !== "Polygon") return null;
  const ring = geometry.coordinates[0]!.slice(0, -1);
  const mean = (at: 0 | 1): number => ring.reduce((sum, position) => sum + position[at]!, 0) / ring.length;
  const [low, high] = [Number(properties["base_level"]), Number(properties["top_level"])];
  return Number.isFinite(low + high) ? Cartesian3.fromDegrees(mean(0), mean(1), (low + high) / 2 + datum) : null;
}

function wordsOf({ properties: p }: Feature): string {
  const name = String(p["long_name"] ?? p["name"] ?? "");
  return typeof p["area"] === "number" ? `${name}\n${p["area"].toFixed(1)} m²` : name;
}

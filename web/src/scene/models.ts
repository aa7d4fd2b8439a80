// The building models as 3D tiles, one tileset each, so that each can be shown alone.
import {
  BoundingSphere,
  Cartesian3,
  Cesium3DTileFeature,
  Cesium3DTileset,
  Cesium3DTileStyle,
  Color,
  Transforms,
  type Cesium3DTile,
  type Scene,
} from "./engine.ts";
import { Problem } from "../api/problem.ts";
import type { Model } from "../api/types.ts";
import type { Status } from "../state.ts";
import { ambientLight } from "./look.ts";
import { Outline } from "./outline.ts";

const tint = "#4d9bff";
/** Classes that enclose: not drawn when one looks through. */
const enclosing = "^Ifc(Wall|Slab|Roof|Covering|CurtainWall|Plate|Member|Window|Beam|Column|Footing|Pile|Building)";
const faint = 0.35;

interface Entry {
  readonly model: Model;
  tileset: Cesium3DTileset | null;
  visible: boolean;
  pending: number;
  failed: boolean;
  readonly tiles: Set<Cesium3DTile>;
}

export interface ModelEvents {
  /** What is known of a model's loading has changed. */
  status(id: string, status: Status): void;
  progress(): void;
  failure(problem: Problem): void;
}

/** The models of the site in the scene. */
export class Models {
  readonly #entries = new Map<string, Entry>();
  readonly #outline: Outline;
  #selected: string | null = null;
  #seeThrough = false;
  #brought: Cesium3DTileFeature[] = [];

  constructor(
    private readonly scene: Scene,
    private readonly anchor: readonly [number, number, number],
    private readonly events: ModelEvents,
  ) {
    this.#outline = new Outline(scene);
  }

  /** Takes the site's list: new models come, vanished or replaced ones go. */
  setModels(models: readonly Model[]): void {
    const wanted = new Map(models.filter((model) => model.tileset).map((model) => [model.id, model]));
    for (const [id, entry] of this.#entries) {
      if (wanted.get(id)?.tileset === entry.model.tileset) continue;
      this.#drop(entry);
      this.#entries.delete(id);
    }
    for (const [id, model] of wanted) {
      if (this.#entries.has(id)) continue;
      this.#entries.set(id, { model, tileset: null, visible: false, pending: 0, failed: false, tiles: new Set() });
    }
  }

  setVisible(id: string, visible: boolean): void {
    const entry = this.#entries.get(id);
    if (!entry || entry.visible === visible) return;
    entry.visible = visible;
    if (entry.tileset) entry.tileset.show = visible;
    else if (visible) void this.#load(entry);
    this.scene.requestRender();
  }

  /** Tints and outlines the element with this Feature id, in every tile that holds a part of it, now and as tiles come. */
  select(id: string | null): void {
    if (id === this.#selected) return;
    this.#selected = id;
    this.#brought = [];
    if (id !== null) for (const { tiles } of this.#entries.values()) for (const tile of tiles) this.#bringOut(tile);
    this.#outline.set(this.#brought);
    this.#restyle();
  }

  /** Leaves out what encloses, and makes all but the selected element faint. */
  setSeeThrough(on: boolean): void {
    if (on === this.#seeThrough) return;
    this.#seeThrough = on;
    this.#restyle();
  }

  /** Sphere around a model whose tiles are known, else null. */
  sphereOf(id: string): BoundingSphere | null {
    return this.#entries.get(id)?.tileset?.boundingSphere ?? null;
  }

  /** The tilesets that are loaded. */
  get tilesets(): Cesium3DTileset[] {
    return [...this.#entries.values()].flatMap(({ tileset }) => (tileset ? [tileset] : []));
  }

  /** Requests under way. */
  get pending(): number {
    let sum = 0;
    for (const { pending } of this.#entries.values()) sum += pending;
    return sum;
  }

  /** Nothing more will come for this view. */
  get settled(): boolean {
    return [...this.#entries.values()].every(
      ({ visible, tileset, failed, pending }) => !visible || failed || (tileset !== null && pending === 0 && tileset.tilesLoaded),
    );
  }

  async #load(entry: Entry): Promise<void> {
    const { model } = entry;
    this.events.status(model.id, { state: "loading", loaded: 0 });
    try {
      const tileset = await Cesium3DTileset.fromUrl(model.tileset!, {
        maximumScreenSpaceError: 12,
        cacheBytes: 192 * 1024 * 1024,
        maximumCacheOverflowBytes: 128 * 1024 * 1024,
        environmentMapOptions: { enabled: false },
        showOutline: true,
        outlineColor: Color.fromCssColorString("#3a444d"),
        enableCollision: false,
        show: entry.visible,
      });
      if (this.#entries.get(model.id) !== entry) return tileset.destroy();
      if (model.placement === "local") tileset.modelMatrix = Transforms.eastNorthUpToFixedFrame(Cartesian3.fromDegrees(...this.anchor));
      tileset.imageBasedLighting = ambientLight();
      entry.tileset = tileset;
      tileset.style = this.#style();
      this.#listen(entry, tileset);
      this.scene.primitives.add(tileset);
      this.events.status(model.id, { state: "ready", loaded: 0 });
      this.scene.requestRender();
    } catch (error) {
      entry.failed = true;
      this.events.status(model.id, { state: "failed", loaded: 0 });
      this.events.failure(tileProblem(error, model.tileset!));
    }
  }

  #listen(entry: Entry, tileset: Cesium3DTileset): void {
    tileset.loadProgress.addEventListener((pending: number, processing: number) => {
      entry.pending = pending + processing;
      this.events.progress();
    });
    tileset.tileLoad.addEventListener((tile: Cesium3DTile) => {
      entry.tiles.add(tile);
      if (this.#selected === null) return;
      this.#bringOut(tile);
      this.#outline.set(this.#brought);
    });
    tileset.tileUnload.addEventListener((tile: Cesium3DTile) => {
      entry.tiles.delete(tile);
      this.#brought = this.#brought.filter((feature) => !isOf(feature, tile));
      this.#outline.set(this.#brought);
    });
    tileset.tileFailed.addEventListener(({ url, message }: { url: string; message: string }) =>
      this.events.failure(tileProblem(message, url)),
    );
  }

  #bringOut(tile: Cesium3DTile): void {
    for (const feature of featuresOf(tile)) if (feature.getProperty("id") === this.#selected) this.#brought.push(feature);
  }

  #restyle(): void {
    const style = this.#style();
    for (const { tileset } of this.#entries.values()) if (tileset) tileset.style = style;
    this.scene.requestRender();
  }

  /** How elements differ from what their model says; undefined where they do not. */
  #style(): Cesium3DTileStyle | undefined {
    if (this.#selected === null && !this.#seeThrough) return undefined;
    const isSelected = `\${id} === "${(this.#selected ?? "").replace(/["\\]/g, "\\$&")}"`;
    const others = this.#selected !== null && this.#seeThrough ? faint : 1;
    const color = { conditions: [[isSelected, `color("${tint}")`], ["true", `color("white", ${others})`]] };
    return new Cesium3DTileStyle(this.#seeThrough ? { color, show: `${isSelected} || !regExp("${enclosing}").test(\${ifc_class})` } : { color });
  }

  #drop(entry: Entry): void {
    if (entry.tileset) this.scene.primitives.remove(entry.tileset);
    entry.tiles.clear();
  }
}

function* featuresOf(tile: Cesium3DTile): Generator<Cesium3DTileFeature> {
  const content = tile.content as unknown as Content | undefined;
  if (!content) return;
  for (const part of content.innerContents ?? [content])
    for (let index = 0; index < part.featuresLength; index++) yield part.getFeature(index);
}

interface Content {
  readonly featuresLength: number;
  readonly innerContents?: readonly Content[];
  getFeature(index: number): Cesium3DTileFeature;
}

function isOf(feature: Cesium3DTileFeature, { content }: Cesium3DTile): boolean {
  const own = (feature as unknown as { _content?: unknown })._content;
  return own === content || ((content as unknown as Content | undefined)?.innerContents ?? []).some((part: unknown) => part === own);
}

function tileProblem(error: unknown, url: string): Problem {
  const status = (error as { statusCode?: number }).statusCode ?? 0;
  const message = typeof error === "string" ? error : ((error as { message?: string }).message ?? "");
  const path = new URL(url, location.href).pathname;
  return new Problem("", status, status ? `tile-http-${status}` : "tile-unreadable", message ? `${path}: ${message}` : path, "");
}

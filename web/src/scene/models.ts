// The building models as 3D tiles, one tileset each, so that each can be shown alone.
import {
  BoundingSphere,
  Cartesian3,
  Cesium3DTileColorBlendMode,
  Cesium3DTileFeature,
  Cesium3DTileset,
  Cesium3DTileStyle,
  Cartesian2,
  Color,
  Intersect,
  Transforms,
  type Cesium3DTile,
  type Scene,
} from "./engine.ts";
import { Problem } from "../api/problem.ts";
import type { BBox, Model } from "../api/types.ts";
import type { Status } from "../state.ts";
import { colourOf, isPlain, isSeen, isShown, plain, type Appearance, type Rgb } from "./appearance.ts";
import { deviceOf, leastPx, nextOf, shares } from "./budget.ts";
import { sphereOf } from "./camera.ts";
import { ambientLight } from "./look.ts";
import type { Row } from "./members.ts";
import { Outline } from "./outline.ts";
import { resourceOf } from "./resource.ts";

const tint = Color.fromCssColorString("#4d9bff");
/** Classes that enclose: not drawn when one looks through. */
const enclosing = /^Ifc(Wall|Slab|Roof|Covering|CurtainWall|Plate|Member|Window|Beam|Column|Footing|Pile|Building)/;
const faint = 0.35;
const pixelSize = new Cartesian2();
/** Share of a colour's light that the scene's daylight makes whole. */
const daylight = 0.5;
/** How far a model may reach below and above the datum where only its outline is known, metres. */
const reachM = [-30, 120] as const;
/** Of what has no colour while other things have one. */
const uncoloured = Color.fromCssColorString("#c9ced3");

interface Entry {
  readonly model: Model;
  tileset: Cesium3DTileset | null;
  visible: boolean;
  asked: boolean;
  /** Around the model as far as its outline tells; null where it has no place. */
  readonly sphere: BoundingSphere | null;
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
  /** What tiles tell of elements, read once for each. */
  readonly #rows = new WeakMap<Cesium3DTileFeature, Row>();
  #appearance = plain;
  #selected: string | null = null;
  #others: ReadonlySet<string> = new Set();
  #seeThrough = false;
  #brought: Cesium3DTileFeature[] = [];
  /** Descriptions of tilesets that are on their way. */
  #running = 0;
  readonly #device = deviceOf((navigator as { deviceMemory?: number }).deviceMemory, matchMedia("(pointer: coarse)").matches);

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
      const sphere = model.placement === "local" || !model.bbox ? null : this.#sphereAt(model.bbox);
      this.#entries.set(id, { model, tileset: null, visible: false, asked: false, sphere, pending: 0, failed: false, tiles: new Set() });
    }
  }

  setVisible(id: string, visible: boolean): void {
    const entry = this.#entries.get(id);
    if (!entry || entry.visible === visible) return;
    entry.visible = visible;
    this.#show(entry);
    this.scene.requestRender();
  }

  /** Shows and colours elements so, in the tiles that are there and in those that come. */
  setAppearance(appearance: Appearance): void {
    this.#appearance = appearance;
    for (const entry of this.#entries.values()) this.#show(entry);
    this.#restyle();
  }

  /** Tints these elements too, by Feature id. */
  selectOthers(ids: ReadonlySet<string>): void {
    if (ids.size === 0 && this.#others.size === 0) return;
    this.#others = ids;
    this.#restyle();
  }

  #show(entry: Entry): void {
    const seen = entry.visible && isSeen(this.#appearance, entry.model.id);
    if (entry.tileset) entry.tileset.show = seen;
  }

  /** To be called in every frame: asks for models that have come into view, and keeps all tiles within the memory of the device. */
  update(): void {
    for (const entry of nextOf(this.#waiting(), (one) => this.#sizePx(one), this.#running)) void this.#load(entry);
    const { tilesets } = this;
    shares(tilesets.map((one) => one.totalMemoryUsageInBytes), this.#device.budget).forEach((share, k) => Object.assign(tilesets[k]!, share));
  }

  *#waiting(): Generator<Entry> {
    for (const entry of this.#entries.values()) if (!entry.asked && entry.visible && isSeen(this.#appearance, entry.model.id)) yield entry;
  }

  /** How large a model is on the screen, 0 where it is not in view. */
  #sizePx({ sphere }: Entry): number {
    if (!sphere) return Number.POSITIVE_INFINITY;
    const { camera, canvas, drawingBufferWidth, drawingBufferHeight } = this.scene;
    const { frustum, positionWC, directionWC, upWC } = camera;
    if (frustum.computeCullingVolume(positionWC, directionWC, upWC).computeVisibility(sphere) === Intersect.OUTSIDE) return 0;
    const distance = Math.max(Cartesian3.distance(positionWC, sphere.center) - sphere.radius, 1);
    const pixel = frustum.getPixelDimensions(drawingBufferWidth, drawingBufferHeight, distance, drawingBufferHeight / canvas.clientHeight, pixelSize);
    return (2 * sphere.radius) / pixel.y;
  }

  #sphereAt(bbox: BBox): BoundingSphere {
    const datum = this.anchor[2];
    return sphereOf(bbox, datum + reachM[0], datum + reachM[1]);
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

  /** The tileset of a model, null before it is loaded. */
  tilesetOf(id: string): Cesium3DTileset | null {
    return this.#entries.get(id)?.tileset ?? null;
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
      (entry) =>
        !entry.visible ||
        entry.failed ||
        !isSeen(this.#appearance, entry.model.id) ||
        (entry.asked ? entry.tileset !== null && entry.pending === 0 && entry.tileset.tilesLoaded : this.#sizePx(entry) < leastPx),
    );
  }

  async #load(entry: Entry): Promise<void> {
    const { model } = entry;
    entry.asked = true;
    this.#running++;
    this.events.status(model.id, { state: "loading", loaded: 0 });
    try {
      const tileset = await Cesium3DTileset.fromUrl(resourceOf(model.tileset!), {
        maximumScreenSpaceError: this.#device.errorPx,
        cacheBytes: this.#device.budget.kept,
        maximumCacheOverflowBytes: this.#device.budget.more,
        environmentMapOptions: { enabled: false },
        showOutline: true,
        outlineColor: Color.fromCssColorString("#3a444d"),
        enableCollision: false,
        show: entry.visible && isSeen(this.#appearance, model.id),
      });
      if (this.#entries.get(model.id) !== entry) return tileset.destroy();
      if (model.placement === "local") tileset.modelMatrix = Transforms.eastNorthUpToFixedFrame(Cartesian3.fromDegrees(...this.anchor));
      tileset.imageBasedLighting = ambientLight();
      entry.tileset = tileset;
      this.#style(entry);
      this.#listen(entry, tileset);
      this.scene.primitives.add(tileset);
      this.events.status(model.id, { state: "ready", loaded: 0 });
      this.scene.requestRender();
    } catch (error) {
      entry.failed = true;
      this.events.status(model.id, { state: "failed", loaded: 0 });
      this.events.failure(tileProblem(error, model.tileset!));
    } finally {
      this.#running--;
      this.scene.requestRender();
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
    for (const entry of this.#entries.values()) this.#style(entry);
    this.scene.requestRender();
  }

  /** How elements differ from what their model says; no style where they do not. */
  #style({ tileset, model }: Entry): void {
    if (!tileset) return;
    const appearance = this.#appearance;
    const painted = appearance.paint !== null || appearance.marked.size > 0;
    tileset.colorBlendMode = painted ? Cesium3DTileColorBlendMode.REPLACE : Cesium3DTileColorBlendMode.HIGHLIGHT;
    if (this.#selected === null && this.#others.size === 0 && !this.#seeThrough && isPlain(appearance)) return void (tileset.style = undefined);
    const style = new Cesium3DTileStyle() as unknown as Evaluated;
    const colours = appearance.colours.map(dimmed);
    const marked = appearance.marked.get(model.id);
    style.color = { evaluateColor: (feature, result) => this.#colour(feature, model.id, appearance, colours, marked, result) };
    style.show = { evaluate: (feature) => this.#isShown(feature, model.id, appearance, marked) };
    tileset.style = style as unknown as Cesium3DTileStyle;
  }

  #colour(
    feature: Cesium3DTileFeature | undefined,
    model: string,
    appearance: Appearance,
    colours: readonly Color[],
    marked: ReadonlyMap<string, Rgb> | undefined,
    result: Color,
  ): Color {
    if (!feature) return Color.clone(Color.WHITE, result);
    const row = this.#rowOf(feature);
    if (this.#isSelected(model, row)) return Color.clone(tint, result);
    const mark = marked?.get(row.globalId);
    if (mark) return Color.clone(dimmed(mark), result);
    const base = appearance.paint ? (colours[colourOf(appearance, model, row)] ?? uncoloured) : appearance.marked.size ? uncoloured : Color.WHITE;
    const alpha = this.#selected !== null && this.#seeThrough ? faint : base === uncoloured ? (appearance.faint ?? 1) : 1;
    return Color.fromAlpha(base, alpha, result);
  }

  #isShown(feature: Cesium3DTileFeature | undefined, model: string, appearance: Appearance, marked: ReadonlyMap<string, Rgb> | undefined): boolean {
    if (!feature) return true;
    const row = this.#rowOf(feature);
    if (this.#isSelected(model, row) || marked?.has(row.globalId)) return true;
    return isShown(appearance, model, row) && !(this.#seeThrough && enclosing.test(row.ifcClass));
  }

  #isSelected(model: string, { globalId }: Row): boolean {
    if (this.#selected === null && this.#others.size === 0) return false;
    const id = `${model}:${globalId}`;
    return id === this.#selected || this.#others.has(id);
  }

  #rowOf(feature: Cesium3DTileFeature): Row {
    let row = this.#rows.get(feature);
    if (!row) {
      const text = (name: string): string => {
        const value: unknown = feature.getProperty(name);
        return typeof value === "string" && value !== "none" ? value : "";
      };
      const id = text("id");
      row = { globalId: text("global_id") || id.slice(id.lastIndexOf(":") + 1), ifcClass: text("ifc_class"), storey: text("storey") };
      this.#rows.set(feature, row);
    }
    return row;
  }

  #drop(entry: Entry): void {
    if (entry.tileset) this.scene.primitives.remove(entry.tileset);
    entry.tiles.clear();
  }
}

/** A legend's colour such that it looks the same in the daylight of the scene, which brightens what it falls on. */
export function dimmed(colour: Rgb): Color {
  const [r, g, b] = colour.map((part) => (part ** 2.2 * daylight) ** (1 / 2.2)) as unknown as Rgb;
  return new Color(r, g, b);
}

function* featuresOf(tile: Cesium3DTile): Generator<Cesium3DTileFeature> {
  const content = tile.content as unknown as Content | undefined;
  if (!content) return;
  for (const part of content.innerContents ?? [content])
    for (let index = 0; index < part.featuresLength; index++) yield part.getFeature(index);
}

/** A style whose expressions are functions of ours. */
interface Evaluated {
  color: { evaluateColor(feature: Cesium3DTileFeature | undefined, result: Color): Color };
  show: { evaluate(feature: Cesium3DTileFeature | undefined): boolean };
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

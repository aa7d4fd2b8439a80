// The GIS layers in the scene: loaded when first shown, at most `cap` Features each, and said so when there are more.
import type { Scene } from "./engine.ts";
import { loadFeatures } from "../api/features.ts";
import { Problem } from "../api/problem.ts";
import type { Language } from "../api/text.ts";
import type { BBox, City } from "../api/types.ts";
import type { Status } from "../state.ts";
import type { Selection } from "../url.ts";
import { drawCity, type DrawnLayer } from "./city.ts";
import { Drape } from "./drape.ts";
import { drawLayer, groundLook, type Drawing } from "./drawing.ts";
import { Highlight } from "./highlight.ts";

/** Most Features of one layer that are drawn: beyond it, those around the site are asked for. */
export const cap = 5000;

/** Layers that load at the same time: tiles need the other connections. */
const lanes = 2;

const metresPerDegree = 111_320;

interface Entry {
  readonly layer: DrawnLayer;
  visible: boolean;
  started: boolean;
  loading: boolean;
  drawing: Drawing | null;
  readonly abort: AbortController;
}

export interface LayerEvents {
  status(id: string, status: Status): void;
  failure(problem: Problem): void;
}

/** What the layers need to know of the site. */
export interface LayerGround {
  readonly bbox: BBox;
  /** Ellipsoidal height of 0 mPD here, metres. */
  readonly datum: number;
}

/** The GIS layers of the site in the scene. */
export class Layers {
  readonly #entries = new Map<string, Entry>();
  readonly #queue: Entry[] = [];
  readonly #drape: Drape;
  readonly #highlight: Highlight;
  #running = 0;
  #selection: Selection | null = null;
  #language: Language = "en";
  #models: ReadonlySet<string> = new Set();

  constructor(
    private readonly scene: Scene,
    private readonly ground: LayerGround,
    private readonly events: LayerEvents,
  ) {
    this.#drape = new Drape(scene);
    this.#highlight = new Highlight(scene);
  }

  /** Takes the site's list: new or changed layers come, vanished ones go. */
  setLayers(layers: readonly DrawnLayer[]): void {
    const wanted = new Map(layers.map((layer) => [layer.id, layer]));
    for (const [id, entry] of this.#entries) {
      const layer = wanted.get(id);
      if (layer && JSON.stringify(layer) === JSON.stringify(entry.layer)) continue;
      entry.abort.abort();
      entry.drawing?.destroy();
      this.#drape.put(id, [], { stroke: "", fill: null }, false);
      this.#entries.delete(id);
    }
    for (const layer of layers) {
      if (this.#entries.has(layer.id)) continue;
      this.#entries.set(layer.id, {
        layer,
        visible: false,
        started: false,
        loading: false,
        drawing: null,
        abort: new AbortController(),
      });
    }
    this.scene.requestRender();
  }

  setVisible(id: string, visible: boolean): void {
    const entry = this.#entries.get(id);
    if (!entry || entry.visible === visible) return;
    entry.visible = visible;
    entry.drawing?.setVisible(visible);
    this.#drape.setVisible(id, visible);
    this.#bringOut();
    if (visible && !entry.started) this.#start(entry);
    this.scene.requestRender();
  }

  /** Tells which building models are seen: what they show better is hidden here. */
  setModels(shown: ReadonlySet<string>): void {
    this.#models = shown;
    for (const { drawing } of this.#entries.values()) drawing?.setModels(shown);
  }

  select(selection: Selection | null): void {
    this.#selection = selection;
    for (const { layer, drawing } of this.#entries.values())
      drawing?.select(selection?.collection === layer.id ? selection.id : null);
    this.#bringOut();
    this.scene.requestRender();
  }

  setLanguage(language: Language): void {
    this.#language = language;
    for (const { drawing } of this.#entries.values()) drawing?.setLanguage(language);
    this.scene.requestRender();
  }

  /** The Feature on the ground at a point, within `toleranceM` metres for lines. */
  find(lon: number, lat: number, toleranceM: number): Selection | null {
    return this.#drape.find(lon, lat, toleranceM / metresPerDegree);
  }

  /** Keeps the layers above imagery that was added later. */
  raise(): void {
    this.#drape.raise();
  }

  /** To be called in every frame: finishes what had to wait for something to be drawn. */
  update(): void {
    this.#drape.update();
    for (const { drawing } of this.#entries.values()) drawing?.update();
  }

  /** Nothing more will come. */
  get settled(): boolean {
    const loaded = [...this.#entries.values()].every(({ visible, loading, drawing }) => !visible || (!loading && (drawing?.ready ?? true)));
    return loaded && this.#drape.settled && this.#highlight.ready;
  }


  #bringOut(): void {
    this.#highlight.set(this.#selection && this.#drape.shape(this.#selection));
  }

  #start(entry: Entry): void {
    entry.started = true;
    entry.loading = true;
    this.events.status(entry.layer.id, { state: "loading", loaded: 0 });
    this.#queue.push(entry);
    this.#next();
  }

  #next(): void {
    while (this.#running < lanes) {
      const entry = this.#queue.shift();
      if (!entry) return;
      this.#running++;
      void this.#load(entry).finally(() => {
        this.#running--;
        entry.loading = false;
        this.#next();
      });
    }
  }

  async #load(entry: Entry): Promise<void> {
    const { layer, abort } = entry;
    try {
      if (layer.city) return await this.#loadCity(entry, layer.city);
      const { features, cut } = await loadFeatures(layer.items, {
        limit: cap,
        signal: abort.signal,
        onCount: (loaded) => this.events.status(layer.id, { state: "loading", loaded }),
        ...(layer.count > cap ? { bbox: this.ground.bbox } : {}),
      });
      entry.drawing = drawLayer(this.scene, layer, features, this.ground.datum, this.#language);
      entry.drawing.setModels(this.#models);
      entry.drawing.setVisible(entry.visible);
      this.#drape.put(layer.id, entry.drawing.ground, groundLook(layer), entry.visible);
      if (this.#selection?.collection === layer.id) entry.drawing.select(this.#selection.id);
      this.#bringOut();
      this.events.status(layer.id, { state: "ready", loaded: features.length, cut: cut || features.length < layer.count });
      this.scene.requestRender();
    } catch (error) {
      if (abort.signal.aborted) return;
      this.events.status(layer.id, { state: "failed", loaded: 0 });
      this.events.failure(Problem.of(error, "layer-unreadable"));
    }
  }

  async #loadCity(entry: Entry, city: City): Promise<void> {
    const { layer, abort } = entry;
    const failed = (url: string): void => this.events.failure(Problem.of(new Error(url), "layer-unreadable"));
    const drawing = await drawCity(this.scene, layer, city, failed);
    if (abort.signal.aborted) return drawing.destroy();
    entry.drawing = drawing;
    drawing.setModels(this.#models);
    drawing.setVisible(entry.visible);
    if (this.#selection?.collection === layer.id) drawing.select(this.#selection.id);
    this.events.status(layer.id, { state: "ready", loaded: layer.count });
    this.scene.requestRender();
  }
}

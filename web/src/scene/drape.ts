// Areas and lines laid over the terrain as one picture, drawn here tile by tile: sharp at every distance, cheap in every frame.
import {
  Event as EngineEvent,
  GeographicTilingScheme,
  ImageryLayer,
  Math as CesiumMath,
  Rectangle,
  type ImageryProvider,
  type Scene,
} from "./engine.ts";
import { touches } from "../api/geometry.ts";
import type { BBox } from "../api/types.ts";
import type { Selection } from "../url.ts";
import { union } from "./camera.ts";
import { hit, paintTile, type GroundLook, type GroundShape } from "./ground.ts";

const tilePx = 256;
/** Tiles are drawn finer than the engine asks for: lines stay sharp where the ground is near. */
const drawnPx = 512;
const deepestLevel = 20;
const pauseMs = 60;

interface Sheet {
  readonly id: string;
  readonly look: GroundLook;
  readonly shapes: readonly GroundShape[];
  readonly box: BBox;
  /** Mean extent of its areas, square degrees. */
  readonly size: number;
  visible: boolean;
}

/** The picture on the ground: large areas lowest, then small ones, lines on top. */
export class Drape {
  readonly #sheets = new Map<string, Sheet>();
  #shown: ImageryLayer | null = null;
  #coming: ImageryLayer | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #framesSince = 0;

  constructor(private readonly scene: Scene) {}

  /** Lays a layer's shapes down, or takes them away with an empty list. */
  put(id: string, shapes: readonly GroundShape[], look: GroundLook, visible: boolean): void {
    const box = union(shapes.map((shape) => shape.box));
    if (box) this.#sheets.set(id, { id, shapes, look, box, size: meanSize(shapes), visible });
    else if (!this.#sheets.delete(id)) return;
    this.#redraw();
  }

  setVisible(id: string, visible: boolean): void {
    const sheet = this.#sheets.get(id);
    if (!sheet || sheet.visible === visible) return;
    sheet.visible = visible;
    this.#redraw();
  }

  /** The Feature at a point, of all that are visible; `tolerance` in degrees. */
  find(lon: number, lat: number, tolerance: number): Selection | null {
    let best: { selection: Selection; rank: number } | null = null;
    for (const { id, shapes } of this.#visible()) {
      const found = hit(shapes, lon, lat, tolerance);
      if (found && (!best || found.rank < best.rank)) best = { selection: { collection: id, id: found.id }, rank: found.rank };
    }
    return best?.selection ?? null;
  }

  /** One shape by its ids. */
  shape({ collection, id }: Selection): GroundShape | null {
    const sheet = this.#sheets.get(collection);
    return (sheet?.visible && sheet.shapes.find((shape) => shape.id === id)) || null;
  }

  /** Keeps the picture above imagery that was added later. */
  raise(): void {
    for (const layer of [this.#shown, this.#coming]) if (layer) this.scene.imageryLayers.raiseToTop(layer);
  }

  /** To be called in every frame: changes pictures once the new one is complete, so that nothing flickers. */
  update(): void {
    if (!this.#coming || ++this.#framesSince < 3 || !this.scene.globe.tilesLoaded) return;
    if (this.#shown) this.scene.imageryLayers.remove(this.#shown);
    this.#shown = this.#coming;
    this.#shown.alpha = 1;
    this.#coming = null;
    this.scene.requestRender();
  }

  get settled(): boolean {
    return this.#timer === undefined && this.#coming === null;
  }

  /** From the lowest to the topmost. */
  #visible(): Sheet[] {
    return [...this.#sheets.values()].filter(({ visible }) => visible).sort((a, b) => b.size - a.size || a.id.localeCompare(b.id));
  }

  #redraw(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#draw();
    }, pauseMs);
  }

  #draw(): void {
    const { imageryLayers } = this.scene;
    if (this.#coming) imageryLayers.remove(this.#coming);
    this.#coming = null;
    const sheets = this.#visible();
    const box = union(sheets.map((sheet) => sheet.box));
    if (box) {
      this.#coming = new ImageryLayer(picture(sheets, box), { alpha: this.#shown ? 0 : 1 });
      this.#framesSince = 0;
      imageryLayers.add(this.#coming);
    } else if (this.#shown) {
      imageryLayers.remove(this.#shown);
      this.#shown = null;
    }
    this.scene.requestRender();
  }
}

/** An imagery source that draws its tiles itself. */
function picture(sheets: readonly Sheet[], box: BBox): ImageryProvider {
  const tilingScheme = new GeographicTilingScheme();
  const nothing = canvasOf(1);
  return {
    tileWidth: tilePx,
    tileHeight: tilePx,
    minimumLevel: 0,
    maximumLevel: deepestLevel,
    tilingScheme,
    rectangle: Rectangle.intersection(Rectangle.fromDegrees(...(box as [number, number, number, number])), Rectangle.MAX_VALUE),
    errorEvent: new EngineEvent(),
    hasAlphaChannel: true,
    tileDiscardPolicy: undefined,
    credit: undefined,
    proxy: undefined,
    getTileCredits: () => [],
    pickFeatures: () => undefined,
    requestImage: async (x: number, y: number, level: number) => {
      const tile = degrees(tilingScheme.tileXYToRectangle(x, y, level));
      const here = sheets.filter((sheet) => touches(sheet.box, tile));
      if (here.length === 0) return nothing;
      const canvas = canvasOf(drawnPx);
      const context = canvas.getContext("2d")!;
      for (const { shapes, look } of here) paintTile(context, drawnPx, tile, shapes, look);
      return canvas;
    },
  } as unknown as ImageryProvider;
}

function meanSize(shapes: readonly GroundShape[]): number {
  const sizes = shapes.map(({ box, areas }) => (areas.length ? (box[2] - box[0]) * (box[3] - box[1]) : 0));
  return sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
}

function degrees({ west, south, east, north }: Rectangle): BBox {
  return [west, south, east, north].map(CesiumMath.toDegrees);
}

function canvasOf(size: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  return canvas;
}

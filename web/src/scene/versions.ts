// The version before beside the one that is seen: what is gone in its colour, where things stood as ghosts, arrows to where they went.
import {
  Cartesian3,
  Cesium3DTileColorBlendMode,
  type Cesium3DTileFeature,
  Cesium3DTileset,
  Cesium3DTileStyle,
  Color,
  Material,
  PolylineCollection,
  type Scene,
  SplitDirection,
  Transforms,
} from "./engine.ts";
import { Problem } from "../api/problem.ts";
import type { Side } from "../url.ts";
import type { Rgb } from "./appearance.ts";
import { ambientLight } from "./look.ts";
import { dimmed } from "./models.ts";

/** How opaque what stood elsewhere is. */
const ghost = 0.4;
const pale = Color.fromCssColorString("#c9ced3");
const arrowPx = 13;
/** Ways shorter than this are no arrows, metres. */
const leastWayM = 0.01;

/** What is seen of a version before. */
export interface Before {
  readonly model: string;
  readonly tileset: string;
  readonly local: boolean;
  readonly side: Side;
  /** Colours of what is other in the next version, by GlobalId in this one. */
  readonly colours: ReadonlyMap<string, Rgb>;
  /** What is not there any more. */
  readonly gone: ReadonlySet<string>;
  /** What stands elsewhere or has another shape. */
  readonly ghosts: ReadonlySet<string>;
  /** From where to where, metres from the Earth's centre. */
  readonly arrows: readonly (readonly [readonly number[], readonly number[]])[];
  readonly arrowColour: Rgb;
}

/** Two versions of one model in the scene. */
export class VersionsBeside {
  #before: Before | null = null;
  #tileset: Cesium3DTileset | null = null;
  #asked = "";
  /** What is seen on one side of the picture only. */
  #parted: Cesium3DTileset | null = null;
  #split = 0.5;
  readonly #arrows: PolylineCollection;

  constructor(
    private readonly scene: Scene,
    private readonly anchor: readonly [number, number, number],
    /** The tileset of the version that is seen. */
    private readonly after: (model: string) => Cesium3DTileset | null,
    private readonly failure: (problem: Problem) => void,
  ) {
    this.#arrows = scene.primitives.add(new PolylineCollection());
    scene.preUpdate.addEventListener(() => this.#part());
  }

  get tilesets(): Cesium3DTileset[] {
    return this.#tileset ? [this.#tileset] : [];
  }

  get settled(): boolean {
    return !this.#before || this.#before.side === "after" || (this.#tileset?.tilesLoaded ?? false);
  }

  /** Shows a version before, or none. */
  set(before: Before | null): void {
    this.#before = before;
    if ((before?.tileset ?? "") !== this.#asked) void this.#load(before);
    this.#style();
    this.#draw();
  }

  /** Share of the width of the picture that shows the version before. */
  setSplit(share: number): void {
    this.#split = share;
    this.#part();
    this.scene.requestRender();
  }

  async #load(before: Before | null): Promise<void> {
    const url = (this.#asked = before?.tileset ?? "");
    if (this.#tileset) this.scene.primitives.remove(this.#tileset);
    this.#tileset = null;
    if (!before) return this.scene.requestRender();
    try {
      const tileset = await Cesium3DTileset.fromUrl(url, {
        maximumScreenSpaceError: 12,
        environmentMapOptions: { enabled: false },
        showOutline: true,
        outlineColor: Color.fromCssColorString("#3a444d"),
        enableCollision: false,
      });
      if (this.#asked !== url) return tileset.destroy();
      if (before.local) tileset.modelMatrix = Transforms.eastNorthUpToFixedFrame(Cartesian3.fromDegrees(...this.anchor));
      tileset.imageBasedLighting = ambientLight();
      this.#tileset = this.scene.primitives.add(tileset) as Cesium3DTileset;
      this.#style();
    } catch (error) {
      this.failure(Problem.of(error, "tile"));
    }
  }

  #style(): void {
    const [tileset, before] = [this.#tileset, this.#before];
    if (!tileset || !before) return;
    tileset.show = before.side !== "after";
    tileset.colorBlendMode = Cesium3DTileColorBlendMode.REPLACE;
    const whole = before.side !== "both";
    const colours = new Map([...before.colours].map(([id, colour]) => [id, dimmed(colour)]));
    const style = new Cesium3DTileStyle() as unknown as Evaluated;
    style.color = {
      evaluateColor: (feature, result) => {
        const id = globalIdOf(feature);
        return Color.fromAlpha(colours.get(id) ?? pale, whole || before.gone.has(id) ? 1 : ghost, result);
      },
    };
    style.show = { evaluate: (feature) => whole || before.gone.has(globalIdOf(feature)) || before.ghosts.has(globalIdOf(feature)) };
    tileset.style = style as unknown as Cesium3DTileStyle;
    this.scene.requestRender();
  }

  #draw(): void {
    this.#arrows.removeAll();
    const before = this.#before;
    if (before?.side === "both")
      for (const [from, to] of before.arrows) {
        const positions = [from, to].map(([x, y, z]) => new Cartesian3(x, y, z));
        if (Cartesian3.distance(positions[0]!, positions[1]!) < leastWayM) continue;
        const [red, green, blue] = before.arrowColour;
        const material = Material.fromType("PolylineArrow", { color: new Color(red, green, blue) });
        this.#arrows.add({ positions, width: arrowPx, material });
      }
    this.scene.requestRender();
  }

  /** Which side of the picture each version is on. */
  #part(): void {
    const swiped = this.#before?.side === "swipe";
    if (swiped) this.scene.splitPosition = this.#split;
    if (this.#tileset) this.#tileset.splitDirection = swiped ? SplitDirection.LEFT : SplitDirection.NONE;
    const after = swiped ? this.after(this.#before!.model) : null;
    if (this.#parted && this.#parted !== after && !this.#parted.isDestroyed()) this.#parted.splitDirection = SplitDirection.NONE;
    if (after) after.splitDirection = SplitDirection.RIGHT;
    this.#parted = after;
  }
}

function globalIdOf(feature: Cesium3DTileFeature | undefined): string {
  const told: unknown = feature?.getProperty("global_id");
  if (typeof told === "string" && told) return told;
  const id = String(feature?.getProperty("id") ?? "");
  return id.slice(id.lastIndexOf(":") + 1);
}

interface Evaluated {
  color: { evaluateColor(feature: Cesium3DTileFeature | undefined, result: Color): Color };
  show: { evaluate(feature: Cesium3DTileFeature | undefined): boolean };
}

// The frame of a cut in the scene: its edges, and a knob on every side that is closed, which one drags along its axis.
import {
  Cartesian2,
  Cartesian3,
  Color,
  Material,
  Matrix4,
  PointPrimitiveCollection,
  PolylineCollection,
  type Scene,
  ScreenSpaceEventHandler,
  ScreenSpaceEventType,
} from "../engine.ts";
import { axes, moved, type Axis, type Cut, type Range } from "./cut.ts";
import { frameOf } from "./knife.ts";

const colours: Readonly<Record<Axis, Color>> = {
  x: Color.fromCssColorString("#c92a2a"),
  y: Color.fromCssColorString("#2b8a3e"),
  z: Color.fromCssColorString("#1864ab"),
};
const line = Color.fromCssColorString("#c2410c").withAlpha(0.9);
const openM = 15;
const knobPx = 17;
/** How far from the middle of a knob one may be who takes it, by what one points with. */
const reachPx = { fine: 13, coarse: 28 } as const;

interface Knob {
  readonly axis: Axis;
  readonly end: 0 | 1;
}

/** Shows the frame and tells of drags. */
export class Handles {
  readonly #knobs: PointPrimitiveCollection;
  readonly #edges: PolylineCollection;
  readonly #mouse: ScreenSpaceEventHandler;
  #cut: Cut | null = null;
  #held: Knob | null = null;
  #reach: number = reachPx.fine;
  #frame = 0;

  constructor(
    private readonly scene: Scene,
    private readonly dragged: (cut: Cut, done: boolean) => void,
  ) {
    this.#edges = scene.primitives.add(new PolylineCollection()) as PolylineCollection;
    this.#knobs = scene.primitives.add(new PointPrimitiveCollection()) as PointPrimitiveCollection;
    scene.canvas.addEventListener("pointerdown", this.#aim, true);
    this.#mouse = new ScreenSpaceEventHandler(scene.canvas);
    this.#mouse.setInputAction(({ position }: ScreenSpaceEventHandler.PositionedEvent) => this.#take(position), ScreenSpaceEventType.LEFT_DOWN);
    this.#mouse.setInputAction(({ endPosition }: ScreenSpaceEventHandler.MotionEvent) => this.#follow(endPosition), ScreenSpaceEventType.MOUSE_MOVE);
    this.#mouse.setInputAction(() => this.#leave(), ScreenSpaceEventType.LEFT_UP);
  }

  set(cut: Cut | null): void {
    this.#cut = cut;
    this.#knobs.removeAll();
    this.#edges.removeAll();
    if (cut) this.#draw(cut);
    this.scene.requestRender();
  }

  /** Whether a pixel is on a knob. */
  isAt(pixel: Cartesian2): boolean {
    return this.#knobAt(pixel) !== null;
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame);
    this.scene.canvas.removeEventListener("pointerdown", this.#aim, true);
    this.#mouse.destroy();
  }

  #draw(cut: Cut): void {
    const frame = frameOf(cut);
    const place = (x: number, y: number, z: number): Cartesian3 => Matrix4.multiplyByPoint(frame, new Cartesian3(x, y, z), new Cartesian3());
    for (const [from, to] of edgesOf(cut)) this.#edges.add({ positions: [place(...from), place(...to)], width: 1.5, material: Material.fromType("Color", { color: line }) });
    for (const axis of axes)
      for (const end of [0, 1] as const) {
        if (cut[axis][end] === null) continue;
        this.#knobs.add({
          id: { knob: { axis, end } satisfies Knob },
          position: place(...knobAt(cut, { axis, end })),
          pixelSize: knobPx,
          color: colours[axis],
          outlineColor: Color.WHITE,
          outlineWidth: 3,
          disableDepthTestDistance: Number.POSITIVE_INFINITY,
        });
      }
  }

  readonly #aim = ({ pointerType }: PointerEvent): void => void (this.#reach = pointerType === "mouse" ? reachPx.fine : reachPx.coarse);

  /** The nearest knob within reach; knobs are drawn over everything, so that none is hidden. */
  #knobAt(pixel: Cartesian2): Knob | null {
    let [found, least]: [Knob | null, number] = [null, this.#reach];
    for (let at = 0; at < this.#knobs.length; at++) {
      const { position, id } = this.#knobs.get(at);
      const seen = this.scene.cartesianToCanvasCoordinates(position, new Cartesian2());
      const distance = seen ? Cartesian2.distance(seen, pixel) : Infinity;
      if (distance < least) [found, least] = [(id as { knob: Knob }).knob, distance];
    }
    return found;
  }

  #take(pixel: Cartesian2): void {
    this.#held = this.#knobAt(pixel);
    if (this.#held) this.scene.screenSpaceCameraController.enableInputs = false;
  }

  #follow(pixel: Cartesian2): void {
    if (!this.#held || !this.#cut) return;
    const to = alongAxis(this.scene, this.#cut, this.#held, pixel);
    if (to === null) return;
    const cut = moved(this.#cut, this.#held.axis, this.#held.end, Math.round(to * 100) / 100);
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.dragged(cut, false));
  }

  #leave(): void {
    if (!this.#held) return;
    this.#held = null;
    this.scene.screenSpaceCameraController.enableInputs = true;
    if (this.#cut) this.dragged(this.#cut, true);
  }
}

/** Where on the knob's axis the ray through a pixel passes closest, metres in the cut's frame; null where they run side by side. */
function alongAxis(scene: Scene, cut: Cut, { axis, end }: Knob, pixel: Cartesian2): number | null {
  const ray = scene.camera.getPickRay(pixel);
  if (!ray) return null;
  const inside = Matrix4.inverseTransformation(frameOf(cut), new Matrix4());
  const from = Matrix4.multiplyByPoint(inside, ray.origin, new Cartesian3());
  const along = Matrix4.multiplyByPointAsVector(inside, ray.direction, new Cartesian3());
  const middle = new Cartesian3(...knobAt(cut, { axis, end }));
  const away = Cartesian3.subtract(middle, from, new Cartesian3());
  const share = along[axis];
  const side = 1 - share * share;
  return side < 1e-4 ? null : middle[axis] + (share * Cartesian3.dot(along, away) - away[axis]) / side;
}

type Corner = [number, number, number];

function knobAt(cut: Cut, { axis, end }: Knob): Corner {
  return axes.map((one) => (one === axis ? cut[one][end]! : middleOf(spread(cut[one])))) as Corner;
}

/** The twelve edges of the box; open sides are drawn a little way out. */
function edgesOf(cut: Cut): [Corner, Corner][] {
  if (axes.every((axis) => cut[axis].every((limit) => limit === null))) return [];
  const ends = axes.map((axis) => spread(cut[axis]));
  const at = (bits: number): Corner => [0, 1, 2].map((axis) => ends[axis]![(bits >> axis) & 1]!) as Corner;
  const pairs: [number, number][] = [];
  for (let bits = 0; bits < 8; bits++) for (const axis of [1, 2, 4]) if (!(bits & axis)) pairs.push([bits, bits | axis]);
  return pairs.map(([a, b]) => [at(a), at(b)]);
}

function spread([low, high]: Range): [number, number] {
  if (low === null && high === null) return [-openM, openM];
  return [low ?? Math.min(-openM, high! - openM), high ?? Math.max(openM, low! + openM)];
}

function middleOf([low, high]: readonly [number, number]): number {
  return (low + high) / 2;
}

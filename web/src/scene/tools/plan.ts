// A storey from above without perspective: dragged and zoomed like a sheet of paper, and the earlier view afterwards.
import {
  Cartesian2,
  Cartesian3,
  Math as CesiumMath,
  Matrix4,
  OrthographicFrustum,
  type PerspectiveFrustum,
  type Scene,
  ScreenSpaceEventHandler,
  ScreenSpaceEventType,
  Transforms,
} from "../engine.ts";
import type { Cut } from "./cut.ts";
import { frameOf } from "./knife.ts";

const margin = 1.12;
const leastWidthM = 1;
const mostWidthM = 5000;

interface Before {
  readonly frustum: PerspectiveFrustum;
  readonly position: Cartesian3;
  readonly direction: Cartesian3;
  readonly up: Cartesian3;
}

/** The eye of the plan. */
export class PlanView {
  #before: Before | null = null;
  #mouse: ScreenSpaceEventHandler | null = null;

  constructor(private readonly scene: Scene) {}

  get active(): boolean {
    return this.#before !== null;
  }

  /** Looks down on a box of a storey; `around` gives its place and size, `cut` the turn. */
  enter(around: Cut, cut: Cut): void {
    const { camera, globe, screenSpaceCameraController } = this.scene;
    camera.cancelFlight();
    this.#before ??= {
      frustum: camera.frustum as PerspectiveFrustum,
      position: Cartesian3.clone(camera.positionWC),
      direction: Cartesian3.clone(camera.directionWC),
      up: Cartesian3.clone(camera.upWC),
    };
    const frustum = new OrthographicFrustum();
    frustum.aspectRatio = this.#aspect;
    camera.frustum = frustum;
    globe.show = false;
    if (this.scene.skyAtmosphere) this.scene.skyAtmosphere.show = false;
    screenSpaceCameraController.enableInputs = false;
    this.#listen();
    this.#place(around, cut, frustum);
  }

  /** The view before, null-safe. */
  leave(): void {
    if (!this.#before) return;
    const { camera, globe, screenSpaceCameraController } = this.scene;
    const { frustum, position, direction, up } = this.#before;
    this.#before = null;
    this.#mouse?.destroy();
    this.#mouse = null;
    camera.frustum = frustum;
    camera.setView({ destination: position, orientation: { direction, up } });
    globe.show = true;
    if (this.scene.skyAtmosphere) this.scene.skyAtmosphere.show = true;
    screenSpaceCameraController.enableInputs = true;
    this.scene.requestRender();
  }

  /** Moves or zooms by one step for a key; false for any other. */
  step(key: string): boolean {
    const eighth = this.#width / 8;
    const moves: Record<string, () => void> = {
      ArrowUp: () => this.#pan(0, eighth),
      ArrowDown: () => this.#pan(0, -eighth),
      ArrowLeft: () => this.#pan(-eighth, 0),
      ArrowRight: () => this.#pan(eighth, 0),
      "+": () => this.zoom(0.8),
      "=": () => this.zoom(0.8),
      "-": () => this.zoom(1.25),
    };
    moves[key]?.();
    return key in moves;
  }

  /** Shows `factor` times as much. */
  zoom(factor: number): void {
    const { frustum } = this.scene.camera;
    if (!(frustum instanceof OrthographicFrustum)) return;
    frustum.width = CesiumMath.clamp(this.#width * factor, leastWidthM, mostWidthM);
    this.scene.requestRender();
  }

  get #width(): number {
    const { frustum } = this.scene.camera;
    return frustum instanceof OrthographicFrustum ? (frustum.width ?? 1) : 1;
  }

  get #aspect(): number {
    const { canvas } = this.scene;
    return canvas.clientWidth / Math.max(1, canvas.clientHeight);
  }

  #place(around: Cut, cut: Cut, frustum: OrthographicFrustum): void {
    const { camera } = this.scene;
    const frame = frameOf(cut);
    const [width, depth] = sizeSeen(around, cut);
    const wide = Math.max(width, depth * this.#aspect) * margin;
    const destination = Matrix4.multiplyByPoint(frame, new Cartesian3(0, 0, Math.max(50, wide)), new Cartesian3());
    const direction = Matrix4.multiplyByPointAsVector(frame, new Cartesian3(0, 0, -1), new Cartesian3());
    const up = Matrix4.multiplyByPointAsVector(frame, new Cartesian3(0, 1, 0), new Cartesian3());
    camera.setView({ destination, orientation: { direction, up } });
    frustum.width = CesiumMath.clamp(wide, leastWidthM, mostWidthM);
    this.scene.requestRender();
  }

  #pan(right: number, up: number): void {
    const { camera } = this.scene;
    camera.move(camera.right, right);
    camera.move(camera.up, up);
    this.scene.requestRender();
  }

  #listen(): void {
    if (this.#mouse) return;
    const mouse = new ScreenSpaceEventHandler(this.scene.canvas);
    this.#mouse = mouse;
    let held = false;
    const perPixel = (): number => this.#width / this.scene.canvas.clientWidth;
    mouse.setInputAction(() => (held = true), ScreenSpaceEventType.LEFT_DOWN);
    mouse.setInputAction(() => (held = false), ScreenSpaceEventType.LEFT_UP);
    mouse.setInputAction(({ startPosition: a, endPosition: b }: ScreenSpaceEventHandler.MotionEvent) => {
      if (held) this.#pan((a.x - b.x) * perPixel(), (b.y - a.y) * perPixel());
    }, ScreenSpaceEventType.MOUSE_MOVE);
    mouse.setInputAction((delta: number) => this.zoom(delta > 0 ? 0.85 : 1 / 0.85), ScreenSpaceEventType.WHEEL);
    mouse.setInputAction(((event: unknown) => {
      const { distance } = event as { distance: { startPosition: Cartesian2; endPosition: Cartesian2 } };
      if (distance.endPosition.y > 0) this.zoom(distance.startPosition.y / distance.endPosition.y);
    }) as () => void, ScreenSpaceEventType.PINCH_MOVE);
  }
}

/** Width and depth of a box seen in the frame of a cut, metres. */
function sizeSeen(around: Cut, cut: Cut): [number, number] {
  const into = Matrix4.multiplyTransformation(Matrix4.inverseTransformation(frameOf(cut), new Matrix4()), frameOf(around), new Matrix4());
  const [x0, x1] = [around.x[0] ?? -20, around.x[1] ?? 20];
  const [y0, y1] = [around.y[0] ?? -20, around.y[1] ?? 20];
  const seen = [[x0, y0], [x1, y0], [x1, y1], [x0, y1]].map(([x, y]) => Matrix4.multiplyByPoint(into, new Cartesian3(x, y, 0), new Cartesian3()));
  const reach = (values: number[]): number => 2 * Math.max(...values.map(Math.abs));
  return [reach(seen.map(({ x }) => x)), reach(seen.map(({ y }) => y))];
}

/** Degrees clockwise from north that a view's up points to; for a north arrow. */
export function headingOf(scene: Scene): number {
  const { camera } = scene;
  const local = Matrix4.inverseTransformation(Transforms.eastNorthUpToFixedFrame(camera.positionWC), new Matrix4());
  const steep = Math.abs(camera.pitch) > CesiumMath.toRadians(80);
  const ahead = Matrix4.multiplyByPointAsVector(local, steep ? camera.upWC : camera.directionWC, new Cartesian3());
  return (CesiumMath.toDegrees(Math.atan2(ahead.x, ahead.y)) + 360) % 360;
}

// A view as other programs know it: the eye exactly, planes, and a small picture; metres from the Earth's centre (EPSG:4978).
import {
  Cartesian3,
  Cartographic,
  type CesiumWidget,
  Math as CesiumMath,
  Matrix4,
  OrthographicFrustum,
  PerspectiveFrustum,
  Transforms,
} from "./engine.ts";
import { frameOf } from "./tools/knife.ts";
import { halfSpaces, type Cut } from "./tools/cut.ts";
import { cutOf, type Plane } from "./planes.ts";

export type Triple = readonly [number, number, number];

/** Where the eye is. */
export interface Eye {
  readonly position: Triple;
  readonly direction: Triple;
  readonly up: Triple;
  /** The whole vertical angle, degrees; null without perspective. */
  readonly fov: number | null;
  /** The whole height of the picture, metres; null with perspective. */
  readonly height: number | null;
  /** Width by height. */
  readonly aspect: number | null;
}

/** A plane, and the way to what it takes away. */
export interface EarthPlane {
  readonly position: Triple;
  readonly direction: Triple;
}

const picturePx = 1200;

/** Takes views out of the scene and puts them into it. */
export class Viewpoints {
  #usual: { frustum: PerspectiveFrustum; fov: number } | null = null;

  constructor(
    private readonly widget: CesiumWidget,
    private readonly settled: () => Promise<void>,
  ) {}

  /** Whether the picture is without perspective, or through another lens. */
  get active(): boolean {
    return this.#usual !== null;
  }

  /** A view without perspective has no place in the address that one could go back to. */
  get holdsCamera(): boolean {
    return this.widget.scene.camera.frustum instanceof OrthographicFrustum;
  }

  /** The eye as it is. */
  eye(): Eye {
    const { camera } = this.widget.scene;
    const { frustum } = camera;
    const aspect = this.#aspect;
    const flat = frustum instanceof OrthographicFrustum;
    return {
      position: triple(camera.positionWC),
      direction: triple(camera.directionWC),
      up: triple(camera.upWC),
      fov: flat ? null : CesiumMath.toDegrees((frustum as PerspectiveFrustum).fovy ?? 1),
      height: flat ? (frustum.width ?? 1) / aspect : null,
      aspect,
    };
  }

  /** Puts the eye there. The picture is as high as the viewpoint says, whatever its width. */
  show(eye: Eye): void {
    this.leave();
    const { camera } = this.widget.scene;
    camera.cancelFlight();
    const frustum = camera.frustum as PerspectiveFrustum;
    this.#usual = { frustum, fov: frustum.fov ?? CesiumMath.PI_OVER_THREE };
    if (eye.height !== null) camera.frustum = this.#flat(eye.height);
    else if (eye.fov !== null) frustum.fov = this.#across(CesiumMath.toRadians(CesiumMath.clamp(eye.fov, 1, 150)));
    camera.setView({ destination: new Cartesian3(...eye.position), orientation: { direction: new Cartesian3(...eye.direction), up: new Cartesian3(...eye.up) } });
    if (camera.frustum instanceof OrthographicFrustum && eye.height !== null) camera.frustum.width = eye.height * this.#aspect;
    this.widget.scene.requestRender();
  }

  /** The usual lens again. */
  leave(): void {
    if (!this.#usual) return;
    const { camera } = this.widget.scene;
    const { frustum, fov } = this.#usual;
    this.#usual = null;
    frustum.aspectRatio = this.#aspect;
    frustum.fov = fov;
    if (camera.frustum !== frustum) camera.frustum = frustum;
    this.widget.scene.requestRender();
  }

  /** The planes of a section. */
  planesOf(cut: Cut): EarthPlane[] {
    const frame = frameOf(cut);
    return halfSpaces(cut).map(({ normal, distance }) => {
      const inwards = new Cartesian3(...normal);
      const at = Cartesian3.multiplyByScalar(inwards, -distance, new Cartesian3());
      const away = Cartesian3.negate(inwards, new Cartesian3());
      return { position: triple(Matrix4.multiplyByPoint(frame, at, at)), direction: triple(Matrix4.multiplyByPointAsVector(frame, away, away)) };
    });
  }

  /** The section that planes make, and how many of them have no place in it. */
  cutOf(planes: readonly EarthPlane[]): { readonly cut: Cut | null; readonly left: number } {
    if (planes.length === 0) return { cut: null, left: 0 };
    const middle = planes.reduce((sum, { position }) => Cartesian3.add(sum, new Cartesian3(...position), sum), new Cartesian3());
    Cartesian3.divideByScalar(middle, planes.length, middle);
    const { longitude, latitude, height } = Cartographic.fromCartesian(middle);
    const into = Matrix4.inverseTransformation(Transforms.eastNorthUpToFixedFrame(middle), new Matrix4());
    const local = planes.map(({ position, direction }): Plane => ({
      at: triple(Matrix4.multiplyByPoint(into, new Cartesian3(...position), new Cartesian3())),
      away: triple(Matrix4.multiplyByPointAsVector(into, new Cartesian3(...direction), new Cartesian3())),
    }));
    return cutOf(local, [CesiumMath.toDegrees(longitude), CesiumMath.toDegrees(latitude), height]);
  }

  /** The present view as PNG in base64. */
  async picture(widest = picturePx): Promise<string> {
    await this.settled();
    const { canvas, scene } = this.widget;
    scene.requestRender();
    scene.render();
    // The drawing must be copied in the task that drew it.
    const share = Math.min(1, widest / canvas.width);
    const sheet = document.createElement("canvas");
    sheet.width = Math.max(1, Math.round(canvas.width * share));
    sheet.height = Math.max(1, Math.round(canvas.height * share));
    sheet.getContext("2d")!.drawImage(canvas, 0, 0, sheet.width, sheet.height);
    return sheet.toDataURL("image/png").split(",")[1] ?? "";
  }

  get #aspect(): number {
    const { canvas } = this.widget;
    return canvas.clientWidth / Math.max(1, canvas.clientHeight);
  }

  /** The engine's angle is that of the longer side. */
  #across(fovy: number): number {
    return this.#aspect > 1 ? 2 * Math.atan(Math.tan(fovy / 2) * this.#aspect) : fovy;
  }

  #flat(height: number): OrthographicFrustum {
    const frustum = new OrthographicFrustum();
    frustum.aspectRatio = this.#aspect;
    frustum.width = height * this.#aspect;
    return frustum;
  }
}

function triple({ x, y, z }: Cartesian3): Triple {
  return [x, y, z];
}

// What exactly is under a pixel: the point on the geometry itself, drawn to a corner or an edge that is near.
import { Cartesian2, Cartesian3, Cartographic, Ellipsoid, Math as CesiumMath, Matrix4, Ray, type Scene } from "../engine.ts";
import { halfSpaces, type Cut } from "./cut.ts";
import { frameOf, keeps } from "./knife.ts";
import type { Measured } from "./measures.ts";
import { corner, isNear, normalAt, type Hit, type Mesh, type Meshes } from "./mesh.ts";

export type Grip = "corner" | "edge" | "face" | "ground";

/** A point on something, and by what it is held. */
export interface Probe extends Measured {
  readonly grip: Grip;
  /** Outward from the face there, Earth-centred; null on the ground. */
  readonly normal: Cartesian3 | null;
}

const snapPx = 11;
/** Triangles that differ less than this are one face. */
const flatDeg = 8;
const sameM = 0.002;
/** Between what the picture says and the geometry: a share of the distance and a least. */
const doubt = { share: 0.004, least: 0.05 };
const groundM = 0.5;

/** Reads exact points. Positions are Earth-centred metres; pixels are of the canvas. */
export class Prober {
  constructor(
    private readonly scene: Scene,
    private readonly meshes: Meshes,
    private readonly cut: () => Cut | null,
    /** What is looked through. */
    private readonly aside: () => { show: boolean }[],
  ) {}

  /** What is at a pixel, null for the sky. */
  at(pixel: Cartesian2): Probe | null {
    const ray = this.scene.camera.getPickRay(pixel);
    if (!ray) return null;
    const seen = this.#seen(pixel, ray);
    if (!seen) return null;
    const distance = Cartesian3.distance(ray.origin, seen);
    const hit = this.#nearest(ray, distance);
    if (!hit) return probeOf(this.#ground(ray, seen), "ground", null);
    const face = outward(hit, ray);
    const cap = hit.back ? this.#entry(ray, hit.distance) : null;
    if (cap) return probeOf(cap.position, "face", cap.normal);
    const on = Ray.getPoint(ray, hit.distance);
    const reach = this.#metresPerPixel(on) * snapPx;
    const near = this.meshes.near(on, reach);
    const snapped = snap(near, on, reach, (position) => this.#isKept(position));
    return snapped ? probeOf(snapped.position, snapped.grip, face) : probeOf(on, "face", face);
  }

  /** By the depth of the picture; glass is met, spaces are not. */
  #seen(pixel: Cartesian2, ray: Ray): Cartesian3 | null {
    const { scene } = this;
    const aside = this.aside().filter(({ show }) => show);
    for (const one of aside) one.show = false;
    scene.pickTranslucentDepth = true;
    scene.requestRender();
    scene.render();
    const seen = scene.pickPositionSupported ? scene.pickPosition(pixel) : undefined;
    scene.pickTranslucentDepth = false;
    for (const one of aside) one.show = true;
    scene.requestRender();
    return seen ?? scene.globe.pick(ray, scene) ?? null;
  }

  /** The terrain itself where it is what is seen, else what is seen. */
  #ground(ray: Ray, seen: Cartesian3): Cartesian3 {
    const { globe } = this.scene;
    const ground = globe.show ? globe.pick(ray, this.scene) : undefined;
    return ground && Cartesian3.distance(ground, seen) < Math.max(groundM, doubt.share * Cartesian3.distance(seen, ray.origin)) ? ground : seen;
  }

  /** The meeting that the picture shows; what is cut away is not met. */
  #nearest(ray: Ray, distance: number): Hit | null {
    const most = Math.max(doubt.least, distance * doubt.share);
    const near = this.meshes.cast(ray).filter((hit) => Math.abs(hit.distance - distance) < most && this.#isKept(Ray.getPoint(ray, hit.distance)));
    return near.reduce<Hit | null>((best, hit) => (best && best.distance <= hit.distance ? best : hit), null);
  }

  #isKept(position: Cartesian3): boolean {
    const cut = this.cut();
    return !cut || keeps(cut, position, sameM);
  }

  /** Where a ray enters what a cut keeps, if that is before `distance`. */
  #entry(ray: Ray, distance: number): { position: Cartesian3; normal: Cartesian3 } | null {
    const cut = this.cut();
    if (!cut) return null;
    const frame = frameOf(cut);
    const inside = Matrix4.inverseTransformation(frame, new Matrix4());
    const from = Matrix4.multiplyByPoint(inside, ray.origin, new Cartesian3());
    const along = Matrix4.multiplyByPointAsVector(inside, ray.direction, new Cartesian3());
    let best: { way: number; normal: Cartesian3 } | null = null;
    for (const space of halfSpaces(cut)) {
      const normal = new Cartesian3(...space.normal);
      const facing = Cartesian3.dot(normal, along);
      const way = -(Cartesian3.dot(normal, from) + space.distance) / facing;
      if (facing > 1e-9 && way > (best?.way ?? 0)) best = { way, normal };
    }
    if (!best || best.way > distance) return null;
    const normal = Matrix4.multiplyByPointAsVector(frame, Cartesian3.negate(best.normal, best.normal), new Cartesian3());
    return { position: Ray.getPoint(ray, best.way), normal };
  }

  #metresPerPixel(position: Cartesian3): number {
    const { camera, canvas } = this.scene;
    const { fovy, width, aspectRatio } = camera.frustum as unknown as { fovy?: number; width?: number; aspectRatio?: number };
    if (fovy === undefined) return (width ?? 1) / (aspectRatio ?? 1) / canvas.clientHeight;
    return (2 * Cartesian3.distance(camera.positionWC, position) * Math.tan(fovy / 2)) / canvas.clientHeight;
  }
}

function probeOf(position: Cartesian3, grip: Grip, normal: Cartesian3 | null): Probe {
  const { longitude, latitude, height } = Cartographic.fromCartesian(position, Ellipsoid.WGS84);
  const { x, y, z } = position;
  return { at: [x, y, z], lon: CesiumMath.toDegrees(longitude), lat: CesiumMath.toDegrees(latitude), height, grip, normal };
}

/** Towards the eye, whichever way the triangle winds. */
function outward({ mesh, triangle }: Hit, ray: Ray): Cartesian3 {
  const normal = normalAt(mesh, triangle);
  return Cartesian3.dot(normal, ray.direction) > 0 ? Cartesian3.negate(normal, normal) : normal;
}

interface Side {
  readonly a: Cartesian3;
  readonly b: Cartesian3;
  readonly normal: Cartesian3;
}

/** The nearest corner within reach, else the nearest point of an edge where two faces meet. */
function snap(meshes: readonly Mesh[], on: Cartesian3, reach: number, kept: (position: Cartesian3) => boolean): { position: Cartesian3; grip: Grip } | null {
  const sides = meshes.flatMap((mesh) => sidesNear(mesh, on, reach));
  const sharp = sides.filter((side) => isSharp(side, sides));
  const corners = sharp.flatMap(({ a, b }) => [a, b]);
  const position = nearest(corners, on, reach, kept);
  if (position) return { position, grip: "corner" };
  const edge = nearest(sharp.map((side) => closestOn(side, on)), on, reach * 0.7, kept);
  return edge && { position: edge, grip: "edge" };
}

function nearest(positions: readonly Cartesian3[], to: Cartesian3, reach: number, kept: (position: Cartesian3) => boolean): Cartesian3 | null {
  let best: Cartesian3 | null = null;
  let least = reach;
  for (const position of positions) {
    const distance = Cartesian3.distance(position, to);
    if (distance > least || !kept(position)) continue;
    [best, least] = [position, distance];
  }
  return best;
}

function sidesNear(mesh: Mesh, on: Cartesian3, reach: number): Side[] {
  const local = Cartesian3.subtract(on, mesh.origin, new Cartesian3());
  const sides: Side[] = [];
  for (let triangle = 0; triangle < mesh.corners.length / 9; triangle++) {
    if (!isNear(mesh.corners, 9 * triangle, local, reach)) continue;
    const normal = normalAt(mesh, triangle);
    const points = [0, 1, 2].map((at) => corner(mesh, triangle, at)) as [Cartesian3, Cartesian3, Cartesian3];
    points.forEach((a, at) => {
      const side = { a, b: points[(at + 1) % 3]!, normal };
      if (Cartesian3.distance(closestOn(side, on), on) <= reach) sides.push(side);
    });
  }
  return sides;
}

/** Sides inside a flat face are the triangulation's, not the building's. */
function isSharp(side: Side, all: readonly Side[]): boolean {
  const same = (p: Cartesian3, q: Cartesian3): boolean => Cartesian3.distanceSquared(p, q) < sameM ** 2;
  const others = all.filter((one) => one !== side && ((same(one.a, side.b) && same(one.b, side.a)) || (same(one.a, side.a) && same(one.b, side.b))));
  const least = Math.cos(CesiumMath.toRadians(flatDeg));
  return !others.some(({ normal }) => Cartesian3.dot(normal, side.normal) > least);
}

function closestOn({ a, b }: Side, to: Cartesian3): Cartesian3 {
  const along = Cartesian3.subtract(b, a, new Cartesian3());
  const size = Cartesian3.magnitudeSquared(along);
  const share = size > 0 ? Cartesian3.dot(Cartesian3.subtract(to, a, new Cartesian3()), along) / size : 0;
  return Cartesian3.add(a, Cartesian3.multiplyByScalar(along, Math.min(1, Math.max(0, share)), along), new Cartesian3());
}

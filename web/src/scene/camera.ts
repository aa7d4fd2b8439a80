// Where the eye is, and how it gets to what one wants to see.
import {
  BoundingSphere,
  Camera as EngineCamera,
  Cartesian3,
  HeadingPitchRange,
  Math as CesiumMath,
  Matrix4,
  Rectangle,
} from "./engine.ts";
import type { BBox } from "../api/types.ts";
import type { Camera } from "../url.ts";

const { toDegrees, toRadians } = CesiumMath;
const pitchDeg = -38;
const minRangeM = 30;

/** The eye of the engine as numbers worth keeping. */
export function readCamera(camera: EngineCamera): Camera {
  const { longitude, latitude, height } = camera.positionCartographic;
  return {
    lon: toDegrees(longitude),
    lat: toDegrees(latitude),
    height,
    heading: toDegrees(camera.heading) % 360,
    pitch: toDegrees(camera.pitch),
  };
}

/** Puts the eye there at once. */
export function setCamera(camera: EngineCamera, { lon, lat, height, heading, pitch }: Camera): void {
  camera.setView({
    destination: Cartesian3.fromDegrees(lon, lat, height),
    orientation: { heading: toRadians(heading), pitch: toRadians(pitch), roll: 0 },
  });
}

/** Whether the two are the same view, as far as a person can tell. */
export function sameCamera(a: Camera, b: Camera): boolean {
  return (
    Math.abs(a.lon - b.lon) < 2e-6 &&
    Math.abs(a.lat - b.lat) < 2e-6 &&
    Math.abs(a.height - b.height) < 0.2 &&
    Math.abs(((a.heading - b.heading + 540) % 360) - 180) < 0.2 &&
    Math.abs(a.pitch - b.pitch) < 0.2
  );
}

/** The sphere around a box of degrees between two ellipsoidal heights, metres. */
export function sphereOf(bbox: BBox, bottom: number, top: number): BoundingSphere {
  const [west, south, east, north] = flat(bbox);
  const rectangle = Rectangle.fromDegrees(west, south, east, north);
  const low = BoundingSphere.fromRectangle3D(rectangle, undefined, bottom);
  const high = BoundingSphere.fromRectangle3D(rectangle, undefined, top);
  return BoundingSphere.union(low, high);
}

/** West, south, east, north of a box with or without heights. */
export function flat(bbox: BBox): [number, number, number, number] {
  const at = bbox.length >= 6 ? [0, 1, 3, 4] : [0, 1, 2, 3];
  return at.map((index) => bbox[index] ?? 0) as [number, number, number, number];
}

/** The smallest box that holds all, null for none. */
export function union(boxes: readonly (BBox | null)[]): BBox | null {
  const all = boxes.filter((box): box is BBox => box !== null && box.length >= 4).map(flat);
  if (all.length === 0) return null;
  return [
    Math.min(...all.map((box) => box[0])),
    Math.min(...all.map((box) => box[1])),
    Math.max(...all.map((box) => box[2])),
    Math.max(...all.map((box) => box[3])),
  ];
}

/** Shows the whole sphere from the south-west, at once. */
export function lookAt(camera: EngineCamera, sphere: BoundingSphere, headingDeg: number): void {
  camera.viewBoundingSphere(sphere, offset(sphere, toRadians(headingDeg)));
  camera.lookAtTransform(Matrix4.IDENTITY);
}

/** Flies until the whole sphere is seen, keeping the direction in which one looks. Resolves when there, also if cut short. */
export function flyTo(camera: EngineCamera, sphere: BoundingSphere, seconds: number): Promise<void> {
  return new Promise((resolve) => {
    camera.flyToBoundingSphere(sphere, {
      duration: prefersStill() ? 0 : seconds,
      offset: offset(sphere, camera.heading),
      complete: () => resolve(),
      cancel: () => resolve(),
    });
  });
}

/** Whether a person has asked for as little movement as can be. */
export function prefersStill(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

function offset(sphere: BoundingSphere, heading: number): HeadingPitchRange {
  return new HeadingPitchRange(heading, toRadians(pitchDeg), Math.max(sphere.radius * 2.1, minRangeM));
}

// Walking at eye height: floors carry, stairs are climbed, walls stop, doors let through.
import { Cartesian3, Cartographic, Ellipsoid, Math as CesiumMath, Matrix4, Ray, type Scene, Transforms } from "../engine.ts";
import type { Vector } from "./measures.ts";
import { cast, normalAt, type Mesh, type Meshes } from "./mesh.ts";

export const eyeM = 1.6;
const walkMs = 1.6;
const runMs = 4.5;
const gravity = 9.8;
/** A foot is lifted this high: a stair, a kerb. */
const liftM = 0.45;
const bodyM = 0.28;
/** Heights above the foot at which walls are felt. */
const felt = [0.6, 1.3];
const reachM = 14;
const renewM = 5;
const renewMs = 1000;
const longestStepS = 0.1;
const turnDegS = 80;
const passable: ReadonlySet<string> = new Set(["IfcDoor", "IfcSpace", "IfcOpeningElement", "IfcVirtualElement"]);

/** Which way one wants to go: shares of the full speed, and turns in degrees. */
export interface Intent {
  ahead: number;
  right: number;
  turn: number;
  run: boolean;
}

/** A person in the scene. */
export class Walk {
  readonly intent: Intent = { ahead: 0, right: 0, turn: 0, run: false };
  /** Whether walls are walked through. */
  throughWalls = false;
  #mesh: Mesh | null = null;
  #read = { at: new Cartesian3(), when: 0 };
  #falling = 0;
  #last = 0;
  #frame = 0;
  #heading = 0;
  #pitch = 0;

  constructor(
    private readonly scene: Scene,
    private readonly meshes: Meshes,
  ) {}

  get active(): boolean {
    return this.#frame !== 0;
  }

  /** Puts the feet at a place (Earth-centred), looking the way the eye looks now. */
  enter(place: Vector): void {
    const feet = new Cartesian3(...place);
    const { camera, screenSpaceCameraController } = this.scene;
    camera.cancelFlight();
    this.#heading = camera.heading;
    this.#pitch = 0;
    this.#falling = 0;
    screenSpaceCameraController.enableInputs = false;
    this.#stand(feet);
    this.#last = performance.now();
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(this.#tick);
  }

  leave(): void {
    if (!this.active) return;
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#mesh = null;
    Object.assign(this.intent, { ahead: 0, right: 0, turn: 0, run: false });
    this.scene.screenSpaceCameraController.enableInputs = true;
    this.scene.requestRender();
  }

  /** Turns the head, degrees. */
  look(rightDeg: number, upDeg: number): void {
    this.#heading += CesiumMath.toRadians(rightDeg);
    this.#pitch = CesiumMath.clamp(this.#pitch + CesiumMath.toRadians(upDeg), -1.45, 1.45);
    this.#stand(this.feet);
  }

  /** Where one stands, Earth-centred. */
  get feet(): Cartesian3 {
    const eye = this.scene.camera.positionWC;
    return lifted(eye, -eyeM);
  }

  readonly #tick = (now: number): void => {
    const seconds = Math.min(longestStepS, (now - this.#last) / 1000);
    this.#last = now;
    this.step(seconds);
    this.#frame = requestAnimationFrame(this.#tick);
  };

  /** What happens in a moment of so many seconds. */
  step(seconds: number): void {
    const { ahead, right, turn, run } = this.intent;
    const before = this.feet;
    this.#renew(before);
    this.#heading += CesiumMath.toRadians(turn * turnDegS * seconds);
    const speed = (run ? runMs : walkMs) * seconds;
    const gone = this.#stopped(before, this.#wanted(ahead, right, speed, before));
    const after = this.#carried(Cartesian3.add(before, gone, new Cartesian3()), seconds);
    if (turn || Cartesian3.distance(before, after) > 1e-4) this.#stand(after);
  }

  #wanted(ahead: number, right: number, speed: number, feet: Cartesian3): Cartesian3 {
    const share = Math.max(1, Math.hypot(ahead, right));
    const [sin, cos] = [Math.sin(this.#heading), Math.cos(this.#heading)];
    const local = new Cartesian3((ahead * sin + right * cos) / share, (ahead * cos - right * sin) / share, 0);
    const frame = Transforms.eastNorthUpToFixedFrame(feet);
    return Matrix4.multiplyByPointAsVector(frame, Cartesian3.multiplyByScalar(local, speed, local), new Cartesian3());
  }

  /** What of a movement walls leave: one slides along them. */
  #stopped(feet: Cartesian3, wanted: Cartesian3): Cartesian3 {
    const length = Cartesian3.magnitude(wanted);
    if (this.throughWalls || length === 0 || !this.#mesh) return wanted;
    let left = wanted;
    for (let turn = 0; turn < 2; turn++) {
      const wall = this.#wallBefore(feet, left);
      if (!wall) return left;
      const into = Cartesian3.dot(left, wall);
      left = Cartesian3.subtract(left, Cartesian3.multiplyByScalar(wall, into, new Cartesian3()), new Cartesian3());
    }
    return this.#wallBefore(feet, left) ? Cartesian3.ZERO : left;
  }

  /** The level normal of a wall that one would touch, null for none. */
  #wallBefore(feet: Cartesian3, way: Cartesian3): Cartesian3 | null {
    const length = Cartesian3.magnitude(way);
    if (length < 1e-6 || !this.#mesh) return null;
    const direction = Cartesian3.divideByScalar(way, length, new Cartesian3());
    const up = upAt(feet);
    for (const height of felt)
      for (const { distance, mesh, triangle } of cast(this.#mesh, new Ray(lifted(feet, height), direction))) {
        if (distance > length + bodyM) continue;
        const normal = level(normalAt(mesh, triangle), up);
        if (normal && Math.abs(Cartesian3.dot(normal, direction)) > 0.05) return normal;
      }
    return null;
  }

  /** The same place on the floor, or lower by what one falls. */
  #carried(feet: Cartesian3, seconds: number): Cartesian3 {
    const floor = this.#floorBelow(feet);
    if (floor === null) return feet;
    if (floor > -0.02 || (this.#falling === 0 && floor > -liftM)) {
      this.#falling = 0;
      return lifted(feet, floor > 0 ? floor : Math.max(floor, -3 * seconds));
    }
    this.#falling += gravity * seconds;
    return lifted(feet, Math.max(floor, -this.#falling * seconds));
  }

  /** Height of the floor over the feet, metres; null where nothing is below. */
  #floorBelow(feet: Cartesian3): number | null {
    const up = upAt(feet);
    const down = new Ray(lifted(feet, liftM), Cartesian3.negate(up, new Cartesian3()));
    const found = this.#mesh ? cast(this.#mesh, down).map(({ distance }) => liftM - distance) : [];
    const place = Cartographic.fromCartesian(feet);
    const ground = this.scene.globe.getHeight(place);
    if (ground !== undefined && ground - place.height < liftM) found.push(ground - place.height);
    return found.length ? Math.max(...found) : null;
  }

  /** Reads what is around, when one has come far or new tiles may have come. */
  #renew(feet: Cartesian3): void {
    const now = performance.now();
    if (this.#mesh && Cartesian3.distance(feet, this.#read.at) < renewM && now - this.#read.when < renewMs) return;
    this.#mesh = this.meshes.around(feet, reachM, passable);
    this.#read = { at: Cartesian3.clone(feet), when: now };
  }

  #stand(feet: Cartesian3): void {
    this.scene.camera.setView({ destination: lifted(feet, eyeM), orientation: { heading: this.#heading, pitch: this.#pitch, roll: 0 } });
    this.scene.requestRender();
  }
}

function upAt(position: Cartesian3): Cartesian3 {
  return Ellipsoid.WGS84.geodeticSurfaceNormal(position, new Cartesian3());
}

function lifted(position: Cartesian3, metres: number): Cartesian3 {
  return Cartesian3.add(position, Cartesian3.multiplyByScalar(upAt(position), metres, new Cartesian3()), new Cartesian3());
}

/** The level part of a normal as a unit vector; null for floors and ceilings. */
function level(normal: Cartesian3, up: Cartesian3): Cartesian3 | null {
  const upright = Cartesian3.dot(normal, up);
  if (Math.abs(upright) > 0.7) return null;
  const flat = Cartesian3.subtract(normal, Cartesian3.multiplyByScalar(up, upright, new Cartesian3()), new Cartesian3());
  return Cartesian3.normalize(flat, flat);
}

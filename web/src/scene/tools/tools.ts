// The tools of the scene behind one door: what they share, and who of them a click belongs to.
import { type Camera, Cartesian2, Cesium3DTileFeature, type Cesium3DTileset, type CesiumWidget, ScreenSpaceEventHandler, ScreenSpaceEventType } from "../engine.ts";
import type { Problem } from "../../api/problem.ts";
import type { Selection } from "../../url.ts";
import type { Axis, Cut } from "./cut.ts";
import { Daylight } from "./daylight.ts";
import { Handles } from "./handles.ts";
import { isSoftware } from "../look.ts";
import { Knife, within } from "./knife.ts";
import { Meshes } from "./mesh.ts";
import { Picture } from "./picture.ts";
import { PlanView } from "./plan.ts";
import { Prober, type Probe } from "./probe.ts";
import { Rooms } from "./rooms.ts";
import { Tape } from "./tape.ts";
import { Walk } from "./walk.ts";

export interface ToolsEvents {
  failure(problem: Problem): void;
  settled(): Promise<void>;
}

/** All tools of one scene. */
export class Tools {
  readonly knife: Knife;
  readonly handles: Handles;
  readonly meshes: Meshes;
  readonly prober: Prober;
  readonly tape: Tape;
  readonly plan: PlanView;
  readonly walk: Walk;
  readonly daylight: Daylight;
  readonly rooms: Rooms;
  readonly picture: Picture;
  /** Pictures are computed without a graphics card. */
  readonly software: boolean;
  /** Who hears where one clicks in place of the selection, null for nobody. */
  onPoint: ((probe: Probe) => void) | null = null;
  /** Hears of drags of the frame of a cut. */
  onCut: ((cut: Cut, done: boolean) => void) | null = null;
  readonly #mouse: ScreenSpaceEventHandler;
  readonly #canvas: HTMLCanvasElement;
  readonly #camera: Camera;
  #held = false;

  constructor(widget: CesiumWidget, centre: readonly [number, number, number], models: () => Iterable<Cesium3DTileset>, events: ToolsEvents) {
    const { scene } = widget;
    this.software = isSoftware(scene.canvas);
    this.meshes = new Meshes(models);
    this.rooms = new Rooms(scene, centre, events.failure);
    this.knife = new Knife(scene, models, () => this.rooms.tilesets);
    this.handles = new Handles(scene, (cut, done) => this.onCut?.(cut, done));
    this.prober = new Prober(scene, this.meshes, () => this.knife.cut, () => this.rooms.tilesets);
    this.tape = new Tape(scene);
    this.plan = new PlanView(scene);
    this.walk = new Walk(scene, this.meshes);
    this.daylight = new Daylight(scene, centre);
    this.picture = new Picture(widget, events.settled);
    this.#canvas = scene.canvas;
    this.#camera = scene.camera;
    this.#mouse = new ScreenSpaceEventHandler(scene.canvas);
    this.#mouse.setInputAction(({ startPosition, endPosition }: ScreenSpaceEventHandler.MotionEvent) => {
      if (this.#held && this.walk.active) this.walk.look((startPosition.x - endPosition.x) * 0.25, (endPosition.y - startPosition.y) * 0.25);
    }, ScreenSpaceEventType.MOUSE_MOVE);
    this.#mouse.setInputAction(() => (this.#held = true), ScreenSpaceEventType.LEFT_DOWN);
    this.#mouse.setInputAction(() => (this.#held = false), ScreenSpaceEventType.LEFT_UP);
  }

  /** Whether a tool moves the eye, so that nobody else may. */
  get holdsCamera(): boolean {
    return this.plan.active || this.walk.active;
  }

  /** Takes a click if a tool waits for one. */
  click(pixel: Cartesian2): boolean {
    if (this.handles.isAt(pixel)) return true;
    if (!this.onPoint) return false;
    const probe = this.prober.at(pixel);
    if (probe) this.onPoint(probe);
    return true;
  }

  /** A plane through the middle of a frame that takes away the half on which the eye is. */
  halved(frame: Cut, axis: Axis): Cut {
    const beyond = within(frame, this.#camera.positionWC)[axis] > 0;
    return { ...frame, [axis]: beyond ? [null, 0] : [0, null] };
  }

  /** What is in the middle of the picture, null for the sky. */
  probeMiddle(): Probe | null {
    const { clientWidth, clientHeight } = this.#canvas;
    return this.prober.at(new Cartesian2(clientWidth / 2, clientHeight / 2));
  }

  /** The space that was picked, null for anything else. */
  roomOf(object: unknown): Selection | null {
    if (!(object instanceof Cesium3DTileFeature) || !this.rooms.has(object.tileset)) return null;
    const id: unknown = object.getProperty("id");
    return typeof id === "string" ? { collection: "spaces", id } : null;
  }

  destroy(): void {
    this.walk.leave();
    this.handles.destroy();
    this.#mouse.destroy();
  }
}

// The 3D scene behind one door: the page says what is to be seen, the scene says what was pointed at.
import {
  BoundingSphere,
  Cartesian2,
  Cartesian3,
  Cartographic,
  CesiumTerrainProvider,
  type CesiumWidget,
  Cesium3DTileFeature,
  Ellipsoid,
  EllipsoidTerrainProvider,
  GroundPrimitive,
  HeadingPitchRange,
  ImageryLayer,
  KeyboardEventModifier,
  Math as CesiumMath,
  Rectangle,
  ScreenSpaceEventHandler,
  ScreenSpaceEventType,
  UrlTemplateImageryProvider,
} from "./engine.ts";
import { touches } from "../api/geometry.ts";
import { Problem } from "../api/problem.ts";
import type { Language } from "../api/text.ts";
import type { BBox, Imagery, Model, Site } from "../api/types.ts";
import { key, type Pin, type Point, type Progress, type Spot, type Status } from "../state.ts";
import type { Camera, Selection } from "../url.ts";
import { AcceptedBeside } from "./accepted.ts";
import type { Appearance } from "./appearance.ts";
import { flat, flyTo, lookAt, prefersStill, readCamera, sameCamera, setCamera, sphereOf, union } from "./camera.ts";
import { buildingOf, withCities } from "./city.ts";
import { Edges } from "./edges.ts";
import { Layers } from "./layers.ts";
import { createWidget, isSoftware, setSky } from "./look.ts";
import { Models } from "./models.ts";
import type { Mark } from "./shapes.ts";
import { Pins } from "./pins.ts";
import { SpotMark } from "./spot.ts";
import { Tools } from "./tools/tools.ts";
import { VersionsBeside } from "./versions.ts";
import { Viewpoints } from "./viewpoint.ts";

const startHeadingDeg = 25;
const flightS = 1.4;
const stableMs = 500;
const clickPx = 6;
const groundAlpha = 0.35;

/** What a person pointed at: a place, and the Feature there if there is one. */
export interface Picked {
  readonly selection: Selection | null;
  readonly point: Point | null;
  /** Beside what is selected already. */
  readonly also?: boolean;
}

export interface SceneEvents {
  picked(picked: Picked): void;
  pointer(point: Point | null): void;
  camera(camera: Camera): void;
  status(part: string, status: Status): void;
  progress(progress: Progress): void;
  failure(problem: Problem): void;
}

/** A scene in a container. Coordinates in and out are degrees and metres above the WGS 84 ellipsoid. */
export class TwinScene {
  readonly widget: CesiumWidget;
  readonly tools: Tools;
  readonly versions: VersionsBeside;
  readonly accepted: AcceptedBeside;
  readonly viewpoints: Viewpoints;
  readonly edges: Edges;
  readonly #models: Models;
  readonly #layers: Layers;
  readonly #imagery = new Map<string, ImageryLayer>();
  readonly #spot: SpotMark;
  readonly #pins: Pins;
  readonly #mouse: ScreenSpaceEventHandler;
  #site: Site;
  #terrain: { url: string; provider: Promise<CesiumTerrainProvider> } | null = null;
  #terrainShown = false;
  #terrainTiles = 0;

  constructor(
    container: HTMLElement,
    credits: HTMLElement,
    site: Site,
    start: Camera | null,
    private readonly events: SceneEvents,
  ) {
    this.#site = site;
    this.widget = createWidget(container, site.centre, credits);
    const { scene } = this.widget;
    this.#models = new Models(scene, site.centre, {
      status: (id, status) => events.status(key("model", id), status),
      progress: () => this.#report(),
      failure: events.failure,
    });
    this.#layers = new Layers(scene, { bbox: this.focus ?? site.bbox, datum: site.centre[2] }, {
      status: (id, status) => events.status(key("layer", id), status),
      failure: events.failure,
    });
    this.edges = new Edges(scene);
    this.#spot = new SpotMark(scene);
    this.#pins = new Pins(scene);
    const beside = (): VersionsBeside => new VersionsBeside(scene, site.centre, (model) => this.#models.tilesetOf(model), events.failure);
    this.versions = beside();
    this.accepted = new AcceptedBeside(beside);
    this.viewpoints = new Viewpoints(this.widget, () => this.settled());
    this.tools = new Tools(this.widget, site.centre, () => [...this.#models.tilesets, ...this.versions.tilesets, ...this.accepted.tilesets], { failure: events.failure, settled: () => this.settled() });
    this.#mouse = new ScreenSpaceEventHandler(scene.canvas);
    this.#listen();
    void GroundPrimitive.initializeTerrainHeights().then(() => scene.requestRender());
    this.setSite(site);
    if (start) setCamera(this.widget.camera, start);
    else this.home(0);
  }

  /** Takes a newer description of the site. */
  setSite(site: Site): void {
    this.#site = site;
    this.#models.setModels(site.models);
    this.#layers.setLayers(withCities(site));
  }

  /** Shows exactly these parts (see `key`). */
  setShown(shown: ReadonlySet<string>): void {
    for (const image of this.#site.imagery) this.#setImagery(image, shown.has(key("imagery", image.id)));
    for (const layer of this.#site.layers) this.#layers.setVisible(layer.id, shown.has(key("layer", layer.id)));
    for (const model of this.#site.models) this.#models.setVisible(model.id, shown.has(key("model", model.id)));
    const models = this.#site.models.filter(({ id, placement }) => placement === "georeferenced" && shown.has(key("model", id)));
    this.#layers.setModels(new Set(models.map(({ id }) => id)));
    void this.#setTerrain(shown.has(key("terrain", "terrain")));
    this.tools.rooms.show(this.#site.models, new Set(this.#site.models.map(({ id }) => id).filter((id) => shown.has(key("spaces", id)))));
  }

  setSelection(selection: Selection | null): void {
    this.#models.select(selection?.collection === "elements" || selection?.collection === "spaces" ? selection.id : null);
    this.#layers.select(selection);
    this.tools.rooms.select(selection?.collection === "spaces" ? selection.id : null);
  }

  /** Shows and colours elements so. */
  setAppearance(appearance: Appearance): void {
    this.#models.setAppearance(appearance);
  }

  /** Tints these elements beside the selected one, by Feature id. */
  selectOthers(ids: ReadonlySet<string>): void {
    this.#models.selectOthers(ids);
  }

  /** Looks through walls and ground at what is selected. */
  setSeeThrough(on: boolean): void {
    const { scene } = this.widget;
    this.#models.setSeeThrough(on);
    if (scene.skyAtmosphere) scene.skyAtmosphere.show = !on;
    if (isSoftware(scene.canvas)) scene.globe.show = !on;
    else scene.globe.translucency.enabled = on;
    scene.globe.translucency.frontFaceAlpha = groundAlpha;
    scene.screenSpaceCameraController.enableCollisionDetection = !on;
    scene.requestRender();
  }

  /** Whether the middle of the picture is this element. */
  isInTheMiddle(id: string): boolean {
    const { canvas, scene } = this.widget;
    return selectionOf(scene.pick(new Cartesian2(canvas.clientWidth / 2, canvas.clientHeight / 2)))?.id === id;
  }

  setLanguage(language: Language): void {
    this.#layers.setLanguage(language);
  }

  setDark(dark: boolean): void {
    setSky(this.widget, dark, this.#site.imagery.some(({ photo }) => photo));
  }

  /** Puts the eye at one place, looking at another; degrees and metres above the ellipsoid. */
  look(from: readonly [number, number, number], at: readonly [number, number, number]): void {
    const destination = Cartesian3.fromDegrees(...from);
    const direction = Cartesian3.subtract(Cartesian3.fromDegrees(...at), destination, new Cartesian3());
    Cartesian3.normalize(direction, direction);
    const vertical = Ellipsoid.WGS84.geodeticSurfaceNormal(destination, new Cartesian3());
    const right = Cartesian3.normalize(Cartesian3.cross(direction, vertical, new Cartesian3()), new Cartesian3());
    this.widget.camera.cancelFlight();
    this.widget.camera.setView({ destination, orientation: { direction, up: Cartesian3.cross(right, direction, new Cartesian3()) } });
    this.widget.scene.requestRender();
  }

  /** Moves the eye there, unless it is there already. */
  setCamera(camera: Camera): void {
    if (this.tools.holdsCamera || this.viewpoints.holdsCamera || sameCamera(camera, readCamera(this.widget.camera))) return;
    this.widget.camera.cancelFlight();
    setCamera(this.widget.camera, camera);
    this.widget.scene.requestRender();
  }

  /** Shows the models, or the whole site where there are none. */
  home(seconds = flightS): void {
    this.viewpoints.leave();
    const bbox = this.focus ?? this.#site.bbox;
    const height = this.#site.centre[2];
    const sphere = sphereOf(bbox, height, height + 10);
    sphere.radius *= 0.8;
    if (seconds > 0) void flyTo(this.widget.camera, sphere, seconds);
    else lookAt(this.widget.camera, sphere, startHeadingDeg);
    this.widget.scene.requestRender();
  }

  /** Box around the richest model that is in its true place and those beside it, null without any. */
  get focus(): BBox | null {
    const placed = this.#site.models.filter(({ placement, bbox }) => placement === "georeferenced" && bbox !== null);
    const main = placed.reduce<Model | null>((best, model) => (best && best.count >= model.count ? best : model), null);
    return main && union(placed.map(({ bbox }) => bbox).filter((bbox) => touches(flat(bbox!), grown(flat(main.bbox!), 0.2))));
  }

  /** Turns until north is up, around what is in the middle of the picture. */
  faceNorth(): void {
    const { camera, canvas } = this.widget;
    const middle = this.#groundAt(new Cartesian2(canvas.clientWidth / 2, canvas.clientHeight / 2));
    if (!middle) return;
    const target = Cartesian3.fromDegrees(middle.lon, middle.lat, middle.height);
    const range = Cartesian3.distance(camera.positionWC, target);
    camera.flyToBoundingSphere(new BoundingSphere(target, 1), { duration: prefersStill() ? 0 : 0.5, offset: new HeadingPitchRange(0, camera.pitch, range) });
  }

  /** Moves by one step for a key: arrows, plus and minus. False for any other key. */
  step(pressed: string): boolean {
    if (this.tools.plan.active) return this.tools.plan.step(pressed);
    if (this.tools.walk.active) return false;
    const { camera, scene } = this.widget;
    const { latitude, longitude, height } = camera.positionCartographic;
    const far = Math.max(20, height - (scene.globe.getHeight(new Cartographic(longitude, latitude)) ?? 0)) * 0.25;
    const moves: Record<string, () => void> = {
      "+": () => camera.moveForward(far),
      "=": () => camera.moveForward(far),
      "-": () => camera.moveBackward(far),
      ArrowLeft: () => camera.moveLeft(far),
      ArrowRight: () => camera.moveRight(far),
      ArrowUp: () => this.#moveAhead(far),
      ArrowDown: () => this.#moveAhead(-far),
    };
    moves[pressed]?.();
    if (pressed in moves) scene.requestRender();
    return pressed in moves;
  }

  /** Flies to a box of degrees; `levels` in mPD where they are known, else it is taken to stand on the ground. */
  async flyTo(bbox: BBox, levels: readonly [number, number] | null, seconds = flightS): Promise<void> {
    const [west, south, east, north] = flat(bbox);
    const ground = this.#groundHeight((west + east) / 2, (south + north) / 2);
    const datum = this.#site.centre[2];
    const [bottom, top] = levels ? [levels[0] + datum, levels[1] + datum] : [ground, ground + 3];
    await flyTo(this.widget.camera, sphereOf(bbox, bottom, top), seconds);
  }

  /** Points a place out, or none. */
  setSpot(spot: Spot | null): void {
    this.#spot.set(spot && { ...spot, ...this.#heightsAt(spot) });
  }

  /** Marks findings. */
  setPins(pins: readonly Pin[]): void {
    this.#pins.set(pins, ({ lon, lat, level }) => (level === null ? this.#groundHeight(lon, lat) : level + this.#site.centre[2]));
  }

  /** Flies to a place that is pointed out. */
  async flyToSpot({ lon, lat, level }: Spot): Promise<void> {
    await this.flyTo([lon, lat, lon, lat], level === null ? null : [level, level]);
  }

  /** Flies to a model; one that stands at the site's anchor for want of a georeference has no box. */
  async flyToModel(id: string): Promise<void> {
    const model = this.#site.models.find((one) => one.id === id);
    const sphere = this.#models.sphereOf(id) ?? (model?.bbox ? sphereOf(model.bbox, this.#site.centre[2], this.#site.centre[2] + 20) : null);
    if (sphere) await flyTo(this.widget.camera, sphere, flightS);
  }

  /** What is at a pixel of the canvas: the Feature, and where its surface is. */
  pick(x: number, y: number): Picked {
    const { scene } = this.widget;
    const pixel = new Cartesian2(x, y);
    const object: unknown = scene.pick(pixel);
    scene.requestRender();
    scene.render();
    const room = this.tools.roomOf(object);
    const position = scene.pickPositionSupported ? scene.pickPosition(pixel) : undefined;
    const point = position ? pointOf(position) : this.#groundAt(pixel);
    return { selection: room ?? selectionOf(object) ?? (point && this.#onGround(point)), point };
  }

  /** Resolves when everything that this view shows has been drawn and nothing has changed for a while. */
  async settled(): Promise<void> {
    let since = performance.now();
    while (performance.now() - since < stableMs) {
      this.widget.scene.requestRender();
      await new Promise((resolve) => setTimeout(resolve, 120));
      if (!this.#isSettled) since = performance.now();
    }
  }

  destroy(): void {
    this.#mouse.destroy();
    this.tools.destroy();
    this.widget.destroy();
  }

  get #isSettled(): boolean {
    const { globe } = this.widget.scene;
    const ground = !globe.show || (this.#terrainTiles === 0 && globe.tilesLoaded);
    return ground && this.#models.settled && this.#layers.settled && this.tools.rooms.settled && this.versions.settled && this.accepted.settled;
  }

  #listen(): void {
    const { scene, camera } = this.widget;
    camera.percentageChanged = 0.01;
    camera.moveEnd.addEventListener(() => this.events.camera(readCamera(camera)));
    scene.preRender.addEventListener(() => {
      this.#models.update();
      this.#layers.update();
    });
    scene.globe.tileLoadProgressEvent.addEventListener((count: number) => {
      this.#terrainTiles = count;
      this.#report();
    });
    scene.renderError.addEventListener((_scene: unknown, error: unknown) => this.events.failure(Problem.of(error, "scene-stopped")));
    this.#mouse.setInputAction(
      ({ position }: ScreenSpaceEventHandler.PositionedEvent) => {
        if (!this.tools.click(position)) this.events.picked(this.pick(position.x, position.y));
      },
      ScreenSpaceEventType.LEFT_CLICK,
    );
    for (const modifier of [KeyboardEventModifier.SHIFT, KeyboardEventModifier.CTRL])
      this.#mouse.setInputAction(
        ({ position }: ScreenSpaceEventHandler.PositionedEvent) => this.events.picked({ ...this.pick(position.x, position.y), also: true }),
        ScreenSpaceEventType.LEFT_CLICK,
        modifier,
      );
    let frame = 0;
    this.#mouse.setInputAction(({ endPosition }: ScreenSpaceEventHandler.MotionEvent) => {
      const pixel = Cartesian2.clone(endPosition);
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => this.events.pointer(this.#groundAt(pixel)));
    }, ScreenSpaceEventType.MOUSE_MOVE);
  }

  #report(): void {
    this.events.progress({ tiles: this.#models.pending, terrain: this.widget.scene.globe.show ? this.#terrainTiles : 0 });
  }

  #setImagery(image: Imagery, visible: boolean): void {
    let layer = this.#imagery.get(image.id);
    if (!layer) {
      if (!visible) return;
      const provider = new UrlTemplateImageryProvider({
        url: image.url,
        rectangle: Rectangle.fromDegrees(...flat(image.bbox)),
        minimumLevel: 0,
        maximumLevel: image.max_zoom,
        hasAlphaChannel: true,
      });
      provider.errorEvent.addEventListener(({ message }: { message: string }) =>
        this.events.failure(new Problem("", 0, "imagery-tile", `${image.id}: ${message}`, "")),
      );
      layer = new ImageryLayer(provider, { rectangle: Rectangle.fromDegrees(...flat(image.bbox)) });
      this.widget.scene.imageryLayers.add(layer);
      this.#imagery.set(image.id, layer);
      this.#layers.raise();
    }
    layer.show = visible;
    this.widget.scene.requestRender();
  }

  async #setTerrain(visible: boolean): Promise<void> {
    const url = this.#site.terrain?.url ?? null;
    if (visible === this.#terrainShown && (!visible || this.#terrain?.url === url)) return;
    this.#terrainShown = visible;
    const { scene } = this.widget;
    if (!visible || url === null) {
      scene.terrainProvider = new EllipsoidTerrainProvider();
      return scene.requestRender();
    }
    if (this.#terrain?.url !== url) this.#terrain = { url, provider: CesiumTerrainProvider.fromUrl(url) };
    try {
      const provider = await this.#terrain.provider;
      if (this.#terrainShown) scene.terrainProvider = provider;
      scene.requestRender();
    } catch (error) {
      this.events.failure(Problem.of(error, "terrain-unreadable"));
    }
  }

  /** The area or line on the ground at a point; lines are met within a few pixels. */
  #onGround({ lon, lat, height }: Point): Selection | null {
    const { camera, canvas } = this.widget;
    const distance = Cartesian3.distance(camera.positionWC, Cartesian3.fromDegrees(lon, lat, height));
    return this.#layers.find(lon, lat, (distance / canvas.clientHeight) * clickPx);
  }

  #groundAt(pixel: Cartesian2): Point | null {
    const { scene, camera } = this.widget;
    const ray = camera.getPickRay(pixel);
    const position = (ray && scene.globe.pick(ray, scene)) ?? camera.pickEllipsoid(pixel);
    return position ? pointOf(position) : null;
  }

  /** Moves over the ground in the direction in which one looks, at the same height. */
  #moveAhead(metres: number): void {
    const { camera } = this.widget;
    const up = Ellipsoid.WGS84.geodeticSurfaceNormal(camera.positionWC, new Cartesian3());
    const ahead = Cartesian3.normalize(Cartesian3.cross(up, camera.rightWC, new Cartesian3()), new Cartesian3());
    camera.move(ahead, metres);
  }

  #heightsAt({ lon, lat, level }: Spot): { height: number; ground: number } {
    const ground = this.#groundHeight(lon, lat);
    return { ground, height: level === null ? ground : level + this.#site.centre[2] };
  }

  #groundHeight(lon: number, lat: number): number {
    return this.widget.scene.globe.getHeight(Cartographic.fromDegrees(lon, lat)) ?? this.#site.centre[2];
  }
}

/** The box with a margin all around, as a share of its size. */
function grown([west, south, east, north]: [number, number, number, number], share: number): BBox {
  const [dx, dy] = [(east - west) * share, (north - south) * share];
  return [west - dx, south - dy, east + dx, north + dy];
}

function selectionOf(object: unknown): Selection | null {
  const building = buildingOf(object);
  if (building) return building;
  if (object instanceof Cesium3DTileFeature) {
    const id: unknown = object.getProperty("id");
    return typeof id === "string" ? { collection: "elements", id } : null;
  }
  const mark = (object as { id?: Partial<Mark> } | undefined)?.id;
  return typeof mark?.collection === "string" && typeof mark.id === "string" ? { collection: mark.collection, id: mark.id } : null;
}

function pointOf(position: Cartesian3): Point {
  const { longitude, latitude, height } = Cartographic.fromCartesian(position, Ellipsoid.WGS84);
  return { lon: CesiumMath.toDegrees(longitude), lat: CesiumMath.toDegrees(latitude), height };
}


// Cuts the models: clipping planes in the frame of every tileset, and solid bodies shown filled where they are cut.
import {
  Cartesian3,
  Cartesian4,
  type Cesium3DTileset,
  ClippingPlane,
  ClippingPlaneCollection,
  Color,
  CustomShader,
  HeadingPitchRoll,
  Math as CesiumMath,
  Matrix4,
  type Scene,
  Transforms,
  UniformType,
} from "../engine.ts";
import { halfSpaces, type Cut } from "./cut.ts";

const edge = Color.fromCssColorString("#4a2415");
const fill = Color.fromCssColorString("#8a4b33");
const edgePx = 1.1;

/** Of a closed body that is cut, the eye meets the inner side exactly where it looks at the cut: painted flat and hatched, it is the cut face. */
const filled = `
void fragmentMain(FragmentInput fsInput, inout czm_modelMaterial material) {
#ifndef HAS_DOUBLE_SIDED_MATERIAL
#ifndef HAS_CLIPPING_PLANES
  if (!gl_FrontFacing) discard;
#else
  if (!gl_FrontFacing) {
    // What one sees through has no cut face: its inner sides stay away, as without a cut.
    if (material.alpha < 0.99) discard;
    float along = (gl_FragCoord.x + gl_FragCoord.y) / (7.0 * czm_pixelRatio);
    float line = smoothstep(0.32, 0.42, abs(fract(along) - 0.5));
    material.emissive = czm_srgbToLinear(mix(u_fill.rgb, u_fill.rgb * 0.62, line));
    material.diffuse = vec3(0.0);
    material.specular = vec3(0.0);
  }
#endif
#endif
}`;

/** The matrix of a cut's frame, Earth-centred. */
export function frameOf({ lon, lat, height, heading }: Cut): Matrix4 {
  const turn = new HeadingPitchRoll(CesiumMath.toRadians(heading), 0, 0);
  return Transforms.headingPitchRollToFixedFrame(Cartesian3.fromDegrees(lon, lat, height), turn);
}

/** Whether an Earth-centred position is kept. */
export function keeps(cut: Cut, position: Cartesian3, slack = 0): boolean {
  const { x, y, z } = within(cut, position);
  return halfSpaces(cut).every(({ normal: [nx, ny, nz], distance }) => nx * x + ny * y + nz * z + distance >= -slack);
}

/** Where an Earth-centred position is in the frame of a cut, metres. */
export function within(cut: Cut, position: Cartesian3): Cartesian3 {
  return Matrix4.multiplyByPoint(Matrix4.inverseTransformation(frameOf(cut), new Matrix4()), position, new Cartesian3());
}

/** One cut of the whole scene. */
export class Knife {
  readonly #planes = new Map<Cesium3DTileset, ClippingPlaneCollection>();
  readonly #shader: CustomShader;
  #cut: Cut | null = null;

  constructor(
    private readonly scene: Scene,
    private readonly bodies: () => Iterable<Cesium3DTileset>,
    /** What is cut without being filled. */
    private readonly rooms: () => Iterable<Cesium3DTileset>,
  ) {
    const { red, green, blue } = fill;
    this.#shader = new CustomShader({
      uniforms: { u_fill: { type: UniformType.VEC4, value: new Cartesian4(red, green, blue, 1) } },
      fragmentShaderText: filled,
    });
    scene.preUpdate.addEventListener(() => this.#follow());
  }

  get cut(): Cut | null {
    return this.#cut;
  }

  set(cut: Cut | null): void {
    this.#cut = cut && halfSpaces(cut).length > 0 ? cut : null;
    this.#follow();
    this.#cutGround();
    this.scene.requestRender();
  }

  /** Tilesets come and go, and may move: each frame finds all of them cut alike. */
  #follow(): void {
    const present = new Map([...this.bodies()].map((body) => [body, true]));
    for (const room of this.rooms()) present.set(room, false);
    for (const tileset of this.#planes.keys()) if (!present.has(tileset)) this.#planes.delete(tileset);
    for (const [tileset, solid] of present) if (this.#cut || this.#planes.has(tileset)) this.#apply(tileset, solid);
  }

  #apply(tileset: Cesium3DTileset, solid: boolean): void {
    const cut = this.#cut;
    const planes = this.#planes.get(tileset) ?? this.#take(tileset);
    // Planes that are taken away leave tiles behind that still hold them: they stay, and are switched.
    if (planes.enabled !== (cut !== null)) this.#switch(tileset, planes, solid);
    if (!cut) return;
    put(planes, cut);
    const own = Matrix4.inverseTransformation(originOf(tileset), new Matrix4());
    planes.modelMatrix = Matrix4.multiplyTransformation(own, frameOf(cut), own);
  }

  #take(tileset: Cesium3DTileset): ClippingPlaneCollection {
    const planes = emptyPlanes();
    planes.enabled = false;
    this.#planes.set(tileset, planes);
    tileset.clippingPlanes = planes;
    return planes;
  }

  #switch(tileset: Cesium3DTileset, planes: ClippingPlaneCollection, solid: boolean): void {
    planes.enabled = this.#cut !== null;
    if (!solid) return;
    tileset.customShader = planes.enabled ? this.#shader : undefined;
    tileset.backFaceCulling = !planes.enabled;
  }

  #cutGround(): void {
    const { globe } = this.scene;
    const ground = this.#cut?.ground ? this.#cut : null;
    if (!ground && !globe.clippingPlanes) return;
    globe.clippingPlanes ??= emptyPlanes();
    globe.clippingPlanes.enabled = ground !== null;
    if (!ground) return;
    put(globe.clippingPlanes, ground);
    globe.clippingPlanes.modelMatrix = frameOf(ground);
  }
}

/** The frame in which the engine takes a tileset's planes. */
function originOf(tileset: Cesium3DTileset): Matrix4 {
  return (tileset as unknown as { clippingPlanesOriginMatrix: Matrix4 }).clippingPlanesOriginMatrix;
}

function emptyPlanes(): ClippingPlaneCollection {
  return new ClippingPlaneCollection({ unionClippingRegions: true, edgeColor: edge, edgeWidth: edgePx });
}

/** Moves planes where their number stays: shaders are made anew only where it changes. */
function put(planes: ClippingPlaneCollection, cut: Cut): void {
  const wanted = halfSpaces(cut);
  if (planes.length !== wanted.length) planes.removeAll();
  wanted.forEach(({ normal, distance }, at) => {
    const direction = Cartesian3.normalize(new Cartesian3(...normal), new Cartesian3());
    if (at >= planes.length) return planes.add(new ClippingPlane(direction, distance));
    const plane = planes.get(at);
    if (plane.distance !== distance) plane.distance = distance;
    if (!Cartesian3.equalsEpsilon(plane.normal, direction, 0, 1e-12)) plane.normal = direction;
  });
}

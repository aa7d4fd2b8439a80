// The triangles that the scene draws, read back from where the engine keeps them: what is measured is the geometry, not its picture.
import {
  BoundingSphere,
  Cartesian3,
  type Cesium3DTile,
  type Cesium3DTileset,
  IntersectionTests,
  Matrix4,
  type Ray,
} from "../engine.ts";

/** Triangles of one tile. */
export interface Mesh {
  /** Earth-centred, metres. */
  readonly origin: Cartesian3;
  /** Nine numbers a triangle, metres from the origin along Earth-centred axes, anticlockwise from outside. */
  readonly corners: Float32Array;
  /** IFC class of each triangle's element, "" where it is not known. */
  readonly classOf: (triangle: number) => string;
}

/** Where a ray meets a triangle. */
export interface Hit {
  readonly mesh: Mesh;
  /** Number of the triangle in its mesh. */
  readonly triangle: number;
  /** Metres along the ray. */
  readonly distance: number;
  /** The ray comes from inside. */
  readonly back: boolean;
}

type Corner = readonly [number, number, number];

/** Reads tiles once and keeps what was read as long as the tile lives. */
export class Meshes {
  readonly #read = new WeakMap<object, Mesh | null>();

  constructor(private readonly tilesets: () => Iterable<Cesium3DTileset>) {}

  /** The finest tiles that are here and come near a place. */
  near(centre: Cartesian3, radius: number): Mesh[] {
    return this.#meshes(({ center, radius: own }) => Cartesian3.distance(center, centre) <= own + radius);
  }

  /** Triangles near a place, without those of some classes, as one mesh. */
  around(centre: Cartesian3, radius: number, without: ReadonlySet<string>): Mesh {
    const corners: number[] = [];
    for (const mesh of this.near(centre, radius)) {
      const move = Cartesian3.subtract(mesh.origin, centre, new Cartesian3());
      const local = Cartesian3.negate(move, new Cartesian3());
      for (let at = 0; at < mesh.corners.length; at += 9) {
        if (!isNear(mesh.corners, at, local, radius) || without.has(mesh.classOf(at / 9))) continue;
        for (let axis = 0; axis < 9; axis += 3)
          corners.push(mesh.corners[at + axis]! + move.x, mesh.corners[at + axis + 1]! + move.y, mesh.corners[at + axis + 2]! + move.z);
      }
    }
    return { origin: Cartesian3.clone(centre), corners: Float32Array.from(corners), classOf: () => "" };
  }

  /** All meetings of a ray with what is here, in no order. */
  cast(ray: Ray): Hit[] {
    return this.#meshes((sphere) => IntersectionTests.raySphere(ray, sphere) !== undefined).flatMap((mesh) => cast(mesh, ray));
  }

  #meshes(wanted: (sphere: BoundingSphere) => boolean): Mesh[] {
    const found: Mesh[] = [];
    for (const tileset of this.tilesets())
      if (tileset.show)
        for (const tile of finest(tileset.root)) {
          if (!wanted(tile.boundingSphere)) continue;
          const mesh = this.#meshOf(tile);
          if (mesh) found.push(mesh);
        }
    return found;
  }

  #meshOf({ content }: Cesium3DTile): Mesh | null {
    const known = this.#read.get(content);
    if (known !== undefined) return known;
    const parts = partsOf(content as unknown as Content);
    if (parts.some(({ _model }) => !_model?.ready)) return null;
    const mesh = meshOf(parts);
    this.#read.set(content, mesh);
    return mesh;
  }
}

/** Corner `at` (0 to 2) of a triangle, Earth-centred. */
export function corner({ origin, corners }: Mesh, triangle: number, at: number): Cartesian3 {
  const from = 9 * triangle + 3 * at;
  return new Cartesian3(origin.x + corners[from]!, origin.y + corners[from + 1]!, origin.z + corners[from + 2]!);
}

/** Unit normal of a triangle, zero for one without area. */
export function normalAt(mesh: Mesh, triangle: number): Cartesian3 {
  const [a, b, c] = [0, 1, 2].map((at) => corner(mesh, triangle, at)) as [Cartesian3, Cartesian3, Cartesian3];
  const across = Cartesian3.cross(Cartesian3.subtract(b, a, new Cartesian3()), Cartesian3.subtract(c, a, new Cartesian3()), new Cartesian3());
  const length = Cartesian3.magnitude(across);
  return length > 1e-12 ? Cartesian3.divideByScalar(across, length, across) : across;
}

/** Tiles that are here, without those that finer ones stand in for. */
function* finest(tile: Cesium3DTile): Generator<Cesium3DTile> {
  const { children, refine, contentReady, hasEmptyContent } = tile as unknown as TileInside;
  const replaced = refine === replace && children.length > 0 && children.every(isHere);
  if (tile.content && contentReady && !hasEmptyContent && !replaced) yield tile;
  if (refine !== replace || replaced || !contentReady || hasEmptyContent) for (const child of children) yield* finest(child);
}

const replace = 1;

function isHere(tile: Cesium3DTile): boolean {
  const { contentReady, hasEmptyContent, children } = tile as unknown as TileInside;
  return hasEmptyContent ? children.length > 0 && children.every(isHere) : contentReady;
}

interface TileInside {
  readonly children: readonly Cesium3DTile[];
  readonly refine: number;
  readonly contentReady: boolean;
  readonly hasEmptyContent: boolean;
}

interface Content {
  readonly innerContents?: readonly Content[];
  readonly _model?: EngineModel;
  readonly featuresLength: number;
  getFeature(id: number): { getProperty(name: string): unknown };
}

interface EngineModel {
  readonly ready: boolean;
  readonly sceneGraph: { readonly computedModelMatrix: Matrix4; readonly _runtimeNodes: readonly (RuntimeNode | undefined)[] };
}

interface RuntimeNode {
  readonly node: { readonly instances?: { readonly attributes: readonly Attribute[] } };
  readonly computedTransform: Matrix4;
  readonly instancingTransformsBuffer?: GpuBuffer;
  readonly runtimePrimitives: readonly { readonly primitive: Primitive }[];
}

interface Primitive {
  readonly attributes: readonly Attribute[];
  readonly indices?: { readonly typedArray?: Uint8Array | Uint16Array | Uint32Array; readonly buffer?: GpuBuffer; readonly count: number; readonly indexDatatype: number };
}

interface Attribute {
  readonly semantic: string;
  readonly setIndex?: number;
  readonly typedArray?: Float32Array;
  readonly buffer?: GpuBuffer;
  readonly byteOffset: number;
  readonly byteStride?: number;
  readonly count: number;
  readonly componentDatatype: number;
  readonly normalized: boolean;
  readonly quantization?: { readonly componentDatatype: number; readonly octEncoded: boolean; readonly quantizedVolumeStepSize: Cartesian3; readonly quantizedVolumeOffset: Cartesian3 };
}

interface GpuBuffer {
  getBufferData(into: ArrayBufferView, sourceOffset?: number): void;
}

function partsOf(content: Content): Content[] {
  return content.innerContents ? content.innerContents.flatMap(partsOf) : [content];
}

/** What is gathered of a tile. */
class Soup {
  readonly corners: number[] = [];
  readonly classes: number[] = [];
  readonly names = [""];
  origin: Cartesian3 | null = null;

  add({ indices, at, owner }: Drawn, matrix: Matrix4, copy: number | null, content: Content): void {
    const point = new Cartesian3();
    for (let index = 0; index < indices.length; index++) {
      const [x, y, z] = at(indices[index]!);
      Matrix4.multiplyByPoint(matrix, Cartesian3.fromElements(x, y, z, point), point);
      this.origin ??= Cartesian3.clone(point);
      this.corners.push(point.x - this.origin.x, point.y - this.origin.y, point.z - this.origin.z);
      if (index % 3 === 0) this.classes.push(this.#number(content, copy ?? owner(indices[index]!)));
    }
  }

  /** Classes are few: their numbers take the place of their names. */
  #number(content: Content, id: number | null): number {
    if (id === null || id >= content.featuresLength) return 0;
    const name = String(content.getFeature(id).getProperty("ifc_class") ?? "");
    const known = this.names.indexOf(name);
    return known >= 0 ? known : this.names.push(name) - 1;
  }
}

function meshOf(parts: readonly Content[]): Mesh | null {
  const soup = new Soup();
  for (const content of parts) for (const node of content._model!.sceneGraph._runtimeNodes) if (node) addNode(soup, node, content);
  const { origin, names } = soup;
  const classes = Uint16Array.from(soup.classes);
  return origin && { origin, corners: Float32Array.from(soup.corners), classOf: (triangle) => names[classes[triangle]!]! };
}

function addNode(soup: Soup, node: RuntimeNode, content: Content): void {
  const { computedModelMatrix } = content._model!.sceneGraph;
  const base = Matrix4.multiplyTransformation(computedModelMatrix, node.computedTransform, new Matrix4());
  const primitives = node.runtimePrimitives.map(({ primitive }) => drawn(primitive)).filter((found) => found !== null);
  const owners = node.node.instances && featureNumbers(node.node.instances.attributes);
  placements(node, base).forEach((matrix, copy) => {
    for (const primitive of primitives) soup.add(primitive, matrix, owners?.(copy) ?? null, content);
  });
}

interface Drawn {
  readonly indices: ArrayLike<number>;
  readonly at: (vertex: number) => Corner;
  /** The feature of a vertex, null where it is not known. */
  readonly owner: (vertex: number) => number | null;
}

/** Once, or once for each copy: the engine keeps their matrices as three rows of four. */
function placements({ node, instancingTransformsBuffer }: RuntimeNode, base: Matrix4): Matrix4[] {
  if (!node.instances) return [base];
  const { count } = node.instances.attributes[0]!;
  const rows = new Float32Array(count * 12);
  if (!instancingTransformsBuffer) return [];
  instancingTransformsBuffer.getBufferData(rows);
  return Array.from({ length: count }, (_, copy) => {
    const own = Matrix4.fromRowMajorArray([...rows.subarray(12 * copy, 12 * copy + 12), 0, 0, 0, 1]);
    return Matrix4.multiplyTransformation(base, own, own);
  });
}

/** Corners of a primitive in its node's frame; null for points and lines. */
function drawn({ attributes, indices }: Primitive): Drawn | null {
  const position = attributes.find(({ semantic }) => semantic === "POSITION");
  if (!position || !indices) return null;
  const { values, stride, first } = numbersOf(position, 3);
  const { quantization } = position;
  const step = quantization && !quantization.octEncoded ? quantization : null;
  const at = (vertex: number): Corner => {
    const from = first + vertex * stride;
    const [x, y, z] = [values[from]!, values[from + 1]!, values[from + 2]!];
    if (!step) return [x, y, z];
    const { quantizedVolumeStepSize: size, quantizedVolumeOffset: offset } = step;
    return [x * size.x + offset.x, y * size.y + offset.y, z * size.z + offset.z];
  };
  return { indices: indicesOf(indices), at, owner: featureNumbers(attributes) ?? (() => null) };
}

/** The numbers of features that are written beside vertices or copies. */
function featureNumbers(attributes: readonly Attribute[]): ((at: number) => number) | undefined {
  const ids = attributes.find(({ semantic, setIndex }) => semantic === "_FEATURE_ID" && (setIndex ?? 0) === 0);
  if (!ids || (!ids.typedArray && !ids.buffer)) return undefined;
  const { values, stride, first } = numbersOf(ids, 1);
  return (at) => values[first + at * stride] ?? 0;
}

function indicesOf({ typedArray, buffer, count, indexDatatype }: NonNullable<Primitive["indices"]>): ArrayLike<number> {
  if (typedArray) return typedArray;
  const read = new arrays[indexDatatype]!(count);
  buffer?.getBufferData(read);
  return read;
}

function numbersOf(attribute: Attribute, width: number): { values: ArrayLike<number>; stride: number; first: number } {
  const { typedArray, buffer, byteOffset, byteStride, count, normalized, quantization } = attribute;
  if (typedArray) return { values: typedArray, stride: width, first: 0 };
  const type = quantization?.componentDatatype ?? attribute.componentDatatype;
  const make = arrays[type]!;
  const bytes = make.BYTES_PER_ELEMENT;
  const stride = byteStride ? byteStride / bytes : width;
  // An interleaved buffer is read from its beginning, any other from where the numbers begin.
  const interleaved = stride !== width;
  const values = new make(interleaved ? (count - 1) * stride + byteOffset / bytes + width : count * width);
  buffer?.getBufferData(values, interleaved ? 0 : byteOffset);
  const first = interleaved ? byteOffset / bytes : 0;
  if (!normalized) return { values, stride, first };
  const largest = 2 ** (8 * bytes - (make === Int8Array || make === Int16Array ? 1 : 0)) - 1;
  return { values: Float64Array.from(values, (value) => Math.max(value / largest, -1)), stride, first };
}

/** By the numbers that glTF gives component types. */
const arrays: Readonly<Record<number, typeof Float32Array | typeof Uint32Array | typeof Uint16Array | typeof Uint8Array | typeof Int16Array | typeof Int8Array>> = {
  5120: Int8Array,
  5121: Uint8Array,
  5122: Int16Array,
  5123: Uint16Array,
  5125: Uint32Array,
  5126: Float32Array,
};

/** Möller and Trumbore's test of a ray against every triangle of a mesh, from both sides. */
export function cast(mesh: Mesh, { origin, direction }: Ray): Hit[] {
  const { corners } = mesh;
  const from = Cartesian3.subtract(origin, mesh.origin, new Cartesian3());
  const hits: Hit[] = [];
  for (let at = 0; at < corners.length; at += 9) {
    const met = meeting(corners, at, from, direction);
    if (met !== null) hits.push({ mesh, triangle: at / 9, distance: Math.abs(met), back: met < 0 });
  }
  return hits;
}

/** Distance along the ray, negative where it comes from behind; null where they do not meet. */
function meeting(t: Float32Array, at: number, o: Cartesian3, d: Cartesian3): number | null {
  const [x, y, z] = [t[at]!, t[at + 1]!, t[at + 2]!];
  const [ux, uy, uz] = [t[at + 3]! - x, t[at + 4]! - y, t[at + 5]! - z];
  const [vx, vy, vz] = [t[at + 6]! - x, t[at + 7]! - y, t[at + 8]! - z];
  const [px, py, pz] = [d.y * vz - d.z * vy, d.z * vx - d.x * vz, d.x * vy - d.y * vx];
  const facing = ux * px + uy * py + uz * pz;
  if (facing > -1e-14 && facing < 1e-14) return null;
  const [sx, sy, sz] = [o.x - x, o.y - y, o.z - z];
  const u = (sx * px + sy * py + sz * pz) / facing;
  if (u < -1e-9 || u > 1 + 1e-9) return null;
  const [qx, qy, qz] = [sy * uz - sz * uy, sz * ux - sx * uz, sx * uy - sy * ux];
  const v = (d.x * qx + d.y * qy + d.z * qz) / facing;
  if (v < -1e-9 || u + v > 1 + 1e-9) return null;
  const distance = (vx * qx + vy * qy + vz * qz) / facing;
  return distance > 0 ? (facing > 0 ? distance : -distance) : null;
}

/** Whether the box of the triangle at a place of the corners comes within reach of a position in the mesh's own frame. */
export function isNear(t: Float32Array, at: number, { x, y, z }: Cartesian3, reach: number): boolean {
  const apart = (p: number, q: number, r: number, s: number): boolean =>
    (p > s + reach && q > s + reach && r > s + reach) || (p < s - reach && q < s - reach && r < s - reach);
  return !(
    apart(t[at]!, t[at + 3]!, t[at + 6]!, x) ||
    apart(t[at + 1]!, t[at + 4]!, t[at + 7]!, y) ||
    apart(t[at + 2]!, t[at + 5]!, t[at + 8]!, z)
  );
}

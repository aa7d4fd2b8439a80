// One GIS layer as drawn: its primitives, and how one Feature among them is brought out.
import {
  Billboard,
  BillboardCollection,
  Cartesian2,
  Cartesian3,
  Color,
  ColorGeometryInstanceAttribute,
  DistanceDisplayCondition,
  HeightReference,
  Label,
  LabelCollection,
  LabelStyle,
  NearFarScalar,
  PerInstanceColorAppearance,
  Primitive,
  VerticalOrigin,
  type GeometryInstance,
  type Scene,
} from "./engine.ts";
import { pointsOf, polygonsOf } from "../api/geometry.ts";
import { nameOf, type Language } from "../api/text.ts";
import type { Feature, Geometry, Layer, Properties } from "../api/types.ts";
import { groundShape, type GroundLook, type GroundShape } from "./ground.ts";
import { area, sloping, slopingEdges, solid, solidEdges, type Heights, type Mark } from "./shapes.ts";

const highlight = Color.fromCssColorString("#2f86ff");
const labelFont = "500 12px system-ui, 'Noto Sans HK', 'Noto Sans CJK HK', 'PingFang HK', 'Microsoft JhengHei', sans-serif";
const labelRangeM = 450;
const mostLabels = 1500;
const noDepthTestM = 6000;
/** Names that most Features of a layer share tell nothing. */
const leastDistinct = 0.6;
/** Full size near, small far away: so that a thousand points from afar are a pattern and not a blanket. */
const dotSize = new NearFarScalar(250, 1, 3500, 0.38);
const labelFade = new NearFarScalar(0.6 * labelRangeM, 1, labelRangeM, 0);
const areaAlpha = 0.22;

/** A primitive that is made of instances with a colour each. */
interface Batch {
  /** The model that stands in for these, "" for none. */
  readonly model: string;
  readonly primitive: Primitive;
  readonly color: Color;
  readonly marks: ReadonlyMap<string, readonly Mark[]>;
}

/** One layer in the scene. */
export interface Drawing {
  setVisible(visible: boolean): void;
  /** Hides what these models show better. */
  setModels(shown: ReadonlySet<string>): void;
  /** Brings out the Feature with this id, null for none. */
  select(id: string | null): void;
  setLanguage(language: Language): void;
  update(): void;
  /** What is to be laid on the ground. */
  readonly ground: readonly GroundShape[];
  /** The workers have built all of it. */
  readonly ready: boolean;
  destroy(): void;
}

/** Draws what of a layer stands above the ground; `datum` is the ellipsoidal height of 0 mPD, metres. */
export function drawLayer(scene: Scene, layer: Layer, features: readonly Feature[], datum: number, language: Language): Drawing {
  const parts = sort(layer, features, datum);
  const make = (appearance: PerInstanceColorAppearance) => (geometryInstances: GeometryInstance[]) =>
    new Primitive({ geometryInstances, releaseGeometryInstances: true, appearance });
  const batches = [...parts.bodies].flatMap(([model, { solids, edges, surfaces }]) =>
    [
      batch(model, solids, parts.stroke, make(lit())),
      batch(model, edges, parts.edge, make(flat(false))),
      batch(model, surfaces, parts.fill, make(flat(true))),
    ].filter((made) => made !== null),
  );
  for (const { primitive } of batches) scene.primitives.add(primitive);
  return new LayerDrawing(scene, batches, new Signs(scene, parts.points, parts.stroke, language), parts.ground);
}

interface Bodies {
  /** Areas between two levels, and their edges. */
  readonly solids: GeometryInstance[];
  readonly edges: GeometryInstance[];
  /** Areas at one level. */
  readonly surfaces: GeometryInstance[];
}

interface Sorted {
  /** What stands above the ground, by the model that stands in for it. */
  readonly bodies: Map<string, Bodies>;
  readonly points: { mark: Mark; position: Cartesian3; properties: Properties }[];
  /** What lies on the ground. */
  readonly ground: GroundShape[];
  readonly stroke: Color;
  readonly fill: Color;
  readonly edge: Color;
}

function sort(layer: Layer, features: readonly Feature[], datum: number): Sorted {
  const { color, fill: css } = layer.style;
  const stroke = parse(color, "#52616b");
  const fill = typeof css === "string" ? parse(css, color) : stroke.withAlpha(areaAlpha);
  const edge = Color.lerp(stroke, Color.BLACK, 0.35, new Color());
  const sorted: Sorted = { bodies: new Map(), points: [], ground: [], stroke, fill, edge };
  for (const feature of features) if (feature.geometry) sortOne(sorted, layer, feature, feature.geometry, datum);
  return sorted;
}

function sortOne(sorted: Sorted, layer: Layer, feature: Feature, geometry: Geometry, datum: number): void {
  const { stroke, fill, edge } = sorted;
  const mark = (): Mark => ({ collection: layer.id, id: String(feature.id) });
  const heights = heightsOf(layer, feature.properties, datum);
  const level = numberAt(layer.style.height, feature.properties);
  const { solids, edges, surfaces } = bodiesOf(sorted, modelOf(feature.properties));
  if (heights)
    for (const rings of polygonsOf(geometry)) {
      push(solids, solid(rings, heights, mark(), stroke));
      push(edges, solidEdges(rings, heights, mark(), edge));
    }
  else if (level !== null)
    for (const rings of polygonsOf(geometry)) {
      push(surfaces, area(rings, mark(), fill, level + datum));
      push(edges, solidEdges(rings, { bottom: level + datum, top: level + datum }, mark(), edge));
    }
  else if (layer.style.surface)
    for (const rings of polygonsOf(geometry)) {
      push(surfaces, sloping(rings, mark(), fill, datum));
      push(edges, slopingEdges(rings, mark(), edge, datum));
    }
  else push(sorted.ground, groundShape(feature));
  for (const [lon, lat] of pointsOf(geometry))
    if (Number.isFinite(lon) && Number.isFinite(lat))
      sorted.points.push({ mark: mark(), position: Cartesian3.fromDegrees(lon!, lat!), properties: feature.properties });
}

function bodiesOf({ bodies }: Sorted, model: string): Bodies {
  const found = bodies.get(model) ?? { solids: [], edges: [], surfaces: [] };
  bodies.set(model, found);
  return found;
}

/** The id of the building model that shows a Feature in full, as its attributes say; "" for none. */
function modelOf(properties: Properties): string {
  const named = Object.entries(properties).find(([name]) => /^model_?id$/i.test(name));
  return typeof named?.[1] === "string" ? named[1] : "";
}

function push<T>(list: T[], item: T | null): void {
  if (item !== null) list.push(item);
}

/** How a layer looks on the ground. */
export function groundLook({ style }: Layer): GroundLook {
  const stroke = parse(style.color, "#52616b");
  const fill = style.fill === false ? null : typeof style.fill === "string" ? parse(style.fill, style.color) : stroke.withAlpha(areaAlpha);
  return { stroke: stroke.toCssColorString(), fill: fill?.toCssColorString() ?? null };
}

/** Where a Feature's solid begins and ends above the ellipsoid; null when it is not a solid. */
export function heightsOf(layer: Layer, properties: Properties, datum: number): Heights | null {
  const { extrude } = layer.style;
  const top = numberAt(extrude?.top, properties);
  if (!extrude || top === null) return null;
  const bottom = numberAt(extrude.base, properties) ?? 0;
  return top > bottom ? { bottom: bottom + datum, top: top + datum } : null;
}

/** A number, or the number in the field of that name; null when there is none. */
function numberAt(where: string | number | null | undefined, properties: Properties): number | null {
  const value = typeof where === "string" ? properties[where] : where;
  const number = typeof value === "string" && value.trim() ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : null;
}

function parse(css: string, otherwise: string): Color {
  return Color.fromCssColorString(css) ?? Color.fromCssColorString(otherwise) ?? Color.GRAY.clone();
}

function lit(): PerInstanceColorAppearance {
  return new PerInstanceColorAppearance({ translucent: false, closed: true });
}

function flat(translucent: boolean): PerInstanceColorAppearance {
  return new PerInstanceColorAppearance({ flat: true, translucent });
}

function batch(
  model: string,
  instances: GeometryInstance[],
  color: Color,
  make: (instances: GeometryInstance[]) => Primitive,
): Batch | null {
  if (instances.length === 0) return null;
  const marks = new Map<string, Mark[]>();
  for (const { id } of instances as { id: Mark }[]) marks.set(id.id, [...(marks.get(id.id) ?? []), id]);
  return { model, primitive: make(instances), color, marks };
}

class LayerDrawing implements Drawing {
  #wanted: string | null = null;
  #visible = true;
  #models: ReadonlySet<string> = new Set();
  readonly #painted = new Map<Batch, string>();

  constructor(
    private readonly scene: Scene,
    private readonly batches: readonly Batch[],
    private readonly signs: Signs,
    readonly ground: readonly GroundShape[],
  ) {}

  get ready(): boolean {
    return this.batches.every(({ primitive }) => !primitive.show || primitive.ready);
  }

  setVisible(visible: boolean): void {
    this.#visible = visible;
    this.#showBatches();
    this.signs.setVisible(visible);
  }

  setModels(shown: ReadonlySet<string>): void {
    this.#models = shown;
    this.#showBatches();
  }

  #showBatches(): void {
    for (const { primitive, model } of this.batches) primitive.show = this.#visible && !this.#models.has(model);
  }

  select(id: string | null): void {
    this.#wanted = id;
    this.signs.select(id);
    this.update();
  }

  setLanguage(language: Language): void {
    this.signs.setLanguage(language);
  }

  update(): void {
    for (const one of this.batches) {
      const before = this.#painted.get(one);
      const wanted = this.#wanted !== null && one.marks.has(this.#wanted) ? this.#wanted : undefined;
      if (before === wanted || !one.primitive.ready || !one.primitive.show) continue;
      if (before !== undefined) paint(one, before, one.color);
      if (wanted !== undefined) paint(one, wanted, highlight.withAlpha(Math.max(one.color.alpha, 0.55)));
      if (wanted === undefined) this.#painted.delete(one);
      else this.#painted.set(one, wanted);
      this.scene.requestRender();
    }
  }

  destroy(): void {
    for (const { primitive } of this.batches) this.scene.primitives.remove(primitive);
    this.signs.destroy();
  }
}

function paint({ primitive, marks }: Batch, id: string, color: Color): void {
  for (const mark of marks.get(id) ?? []) {
    const attributes = primitive.getGeometryInstanceAttributes(mark) as { color: Uint8Array } | undefined;
    if (attributes) attributes.color = ColorGeometryInstanceAttribute.toValue(color, attributes.color);
  }
}

/** The points of a layer: a dot each, and from near its name. */
class Signs {
  readonly #dots: BillboardCollection | null = null;
  readonly #labels: LabelCollection | null = null;
  readonly #byId = new Map<string, Billboard[]>();
  readonly #names: { label: Label; properties: Properties }[] = [];
  #selected: string | null = null;

  constructor(
    private readonly scene: Scene,
    points: Sorted["points"],
    color: Color,
    language: Language,
  ) {
    if (points.length === 0) return;
    this.#dots = scene.primitives.add(new BillboardCollection({ scene })) as BillboardCollection;
    const image = dot(color);
    for (const { mark, position } of points) {
      const billboard = this.#dots.add({
        id: mark,
        position,
        image,
        width: 12,
        height: 12,
        heightReference: HeightReference.CLAMP_TO_GROUND,
        disableDepthTestDistance: noDepthTestM,
        scaleByDistance: dotSize,
      });
      this.#byId.set(mark.id, [...(this.#byId.get(mark.id) ?? []), billboard]);
    }
    const names = new Set(points.map(({ properties }) => nameOf(properties, language)));
    if (points.length > mostLabels || names.size < leastDistinct * points.length) return;
    this.#labels = scene.primitives.add(new LabelCollection({ scene })) as LabelCollection;
    for (const { mark, position, properties } of points) this.#addLabel(mark, position, properties, language);
  }

  #addLabel(mark: Mark, position: Cartesian3, properties: Properties, language: Language): void {
    const text = nameOf(properties, language);
    if (!text || !this.#labels) return;
    const label = this.#labels.add({
      id: mark,
      position,
      text,
      font: labelFont,
      style: LabelStyle.FILL_AND_OUTLINE,
      fillColor: Color.fromCssColorString("#16202a"),
      outlineColor: Color.WHITE,
      outlineWidth: 4,
      pixelOffset: new Cartesian2(0, -9),
      verticalOrigin: VerticalOrigin.BOTTOM,
      heightReference: HeightReference.CLAMP_TO_GROUND,
      disableDepthTestDistance: noDepthTestM,
      translucencyByDistance: labelFade,
      distanceDisplayCondition: new DistanceDisplayCondition(0, labelRangeM),
    });
    this.#names.push({ label, properties });
  }

  setVisible(visible: boolean): void {
    if (this.#dots) this.#dots.show = visible;
    if (this.#labels) this.#labels.show = visible;
  }

  select(id: string | null): void {
    for (const dots of [this.#selected, id].flatMap((one) => (one === null ? [] : [this.#byId.get(one) ?? []])))
      for (const billboard of dots) {
        const chosen = (billboard.id as Mark).id === id;
        billboard.color = chosen ? highlight : Color.WHITE;
        billboard.scale = chosen ? 1.7 : 1;
      }
    this.#selected = id;
  }

  setLanguage(language: Language): void {
    for (const { label, properties } of this.#names) label.text = nameOf(properties, language);
  }

  destroy(): void {
    if (this.#dots) this.scene.primitives.remove(this.#dots);
    if (this.#labels) this.scene.primitives.remove(this.#labels);
  }
}

function dot(color: Color): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 36;
  const context = canvas.getContext("2d")!;
  context.beginPath();
  context.arc(18, 18, 14, 0, Math.PI * 2);
  context.fillStyle = color.withAlpha(1).toCssColorString();
  context.fill();
  context.lineWidth = 3;
  context.strokeStyle = "#fff";
  context.stroke();
  return canvas;
}

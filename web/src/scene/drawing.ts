// One GIS layer as drawn: its primitives, and how one Feature among them is brought out.
import {
  Billboard,
  BillboardCollection,
  Cartesian2,
  Cartesian3,
  Color,
  ColorGeometryInstanceAttribute,
  ClassificationType,
  DistanceDisplayCondition,
  GroundPolylinePrimitive,
  GroundPrimitive,
  HeightReference,
  Label,
  LabelCollection,
  LabelStyle,
  PerInstanceColorAppearance,
  PolylineColorAppearance,
  Primitive,
  VerticalOrigin,
  type GeometryInstance,
  type Scene,
} from "./engine.ts";
import { nameOf, type Language } from "../api/text.ts";
import type { Feature, Layer, Properties } from "../api/types.ts";
import { area, line, linesOf, pointsOf, polygonsOf, solid, solidEdges, type Heights, type Mark } from "./shapes.ts";

const highlight = Color.fromCssColorString("#2f86ff");
const labelFont = "500 12px system-ui, 'Noto Sans HK', 'Noto Sans CJK HK', 'PingFang HK', 'Microsoft JhengHei', sans-serif";
const labelRangeM = 1400;
const mostLabels = 1500;
const noDepthTestM = 6000;

/** A primitive that is made of instances with a colour each. */
interface Batch {
  readonly primitive: Primitive | GroundPrimitive | GroundPolylinePrimitive;
  readonly color: Color;
  readonly marks: ReadonlyMap<string, readonly Mark[]>;
}

/** One layer in the scene. */
export interface Drawing {
  setVisible(visible: boolean): void;
  /** Brings out the Feature with this id, null for none. */
  select(id: string | null): void;
  setLanguage(language: Language): void;
  update(): void;
  /** The workers have built all of it. */
  readonly ready: boolean;
  destroy(): void;
}

/** Draws the Features of a layer; `datum` is the ellipsoidal height of 0 mPD, without which solids stand on the ellipsoid. */
export function drawLayer(scene: Scene, layer: Layer, features: readonly Feature[], datum: number | null, language: Language): Drawing {
  const parts = sort(layer, features, datum ?? 0);
  const batches = [
    batch(parts.solids, parts.fill, (geometryInstances) => new Primitive({ geometryInstances, appearance: solidLook(), releaseGeometryInstances: true })),
    batch(parts.edges, parts.edge, (geometryInstances) => new Primitive({ geometryInstances, appearance: edgeLook(), releaseGeometryInstances: true })),
    batch(
      parts.areas,
      parts.fill,
      (geometryInstances) =>
        new GroundPrimitive({ geometryInstances, appearance: areaLook(), classificationType: ClassificationType.TERRAIN }),
    ),
    batch(
      parts.lines,
      parts.stroke,
      (geometryInstances) =>
        new GroundPolylinePrimitive({ geometryInstances, appearance: new PolylineColorAppearance(), classificationType: ClassificationType.TERRAIN }),
    ),
  ].filter((made) => made !== null);
  for (const { primitive } of batches) (isGround(primitive) ? scene.groundPrimitives : scene.primitives).add(primitive);
  return new LayerDrawing(scene, batches, new Signs(scene, parts.points, parts.stroke, language));
}

interface Sorted {
  readonly solids: GeometryInstance[];
  readonly edges: GeometryInstance[];
  readonly areas: GeometryInstance[];
  readonly lines: GeometryInstance[];
  readonly points: { mark: Mark; position: Cartesian3; properties: Properties }[];
  readonly fill: Color;
  readonly edge: Color;
  readonly stroke: Color;
}

function sort(layer: Layer, features: readonly Feature[], datum: number): Sorted {
  const stroke = parse(layer.style.color, "#52616b");
  const fill = layer.style.fill ? parse(layer.style.fill, layer.style.color) : stroke.withAlpha(layer.style.extrude ? 1 : 0.22);
  const solidFill = fill.withAlpha(1);
  const edge = Color.lerp(stroke, Color.BLACK, 0.35, new Color());
  const sorted: Sorted = { solids: [], edges: [], areas: [], lines: [], points: [], fill: layer.style.extrude ? solidFill : fill, edge, stroke };
  for (const feature of features) {
    if (!feature.geometry) continue;
    const heights = heightsOf(layer, feature.properties, datum);
    const mark = (): Mark => ({ collection: layer.id, id: String(feature.id) });
    for (const rings of polygonsOf(feature.geometry)) {
      if (heights) {
        push(sorted.solids, solid(rings, heights, mark(), solidFill));
        push(sorted.edges, solidEdges(rings, heights, mark(), edge));
      } else {
        push(sorted.areas, area(rings, mark(), sorted.fill));
        for (const ring of rings) push(sorted.lines, line(ring, mark(), stroke, 1.6));
      }
    }
    for (const positions of linesOf(feature.geometry)) push(sorted.lines, line(positions, mark(), stroke, 2.5));
    for (const [lon, lat] of pointsOf(feature.geometry))
      if (Number.isFinite(lon) && Number.isFinite(lat))
        sorted.points.push({ mark: mark(), position: Cartesian3.fromDegrees(lon!, lat!), properties: feature.properties });
  }
  return sorted;
}

function push<T>(list: T[], item: T | null): void {
  if (item !== null) list.push(item);
}

/** Where a Feature's solid begins and ends above the ellipsoid; null when it is not a solid. */
export function heightsOf(layer: Layer, properties: Properties, datum: number): Heights | null {
  const { extrude } = layer.style;
  if (!extrude) return null;
  const top = numberAt(extrude.top, properties);
  const base = extrude.base === null ? null : numberAt(extrude.base, properties);
  if (top === null) return null;
  const bottom = base ?? 0;
  return top > bottom ? { bottom: bottom + datum, top: top + datum } : null;
}

function numberAt(where: string | number, properties: Properties): number | null {
  const value = typeof where === "number" ? where : properties[where];
  const number = typeof value === "string" && value.trim() ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : null;
}

function parse(css: string, otherwise: string): Color {
  return Color.fromCssColorString(css) ?? Color.fromCssColorString(otherwise) ?? Color.GRAY.clone();
}

function solidLook(): PerInstanceColorAppearance {
  return new PerInstanceColorAppearance({ translucent: false, closed: true });
}

function edgeLook(): PerInstanceColorAppearance {
  return new PerInstanceColorAppearance({ flat: true, translucent: false });
}

function areaLook(): PerInstanceColorAppearance {
  return new PerInstanceColorAppearance({ flat: true, translucent: true });
}

function batch(
  instances: GeometryInstance[],
  color: Color,
  make: (instances: GeometryInstance[]) => Batch["primitive"],
): Batch | null {
  if (instances.length === 0) return null;
  const marks = new Map<string, Mark[]>();
  for (const { id } of instances as { id: Mark }[]) marks.set(id.id, [...(marks.get(id.id) ?? []), id]);
  return { primitive: make(instances), color, marks };
}

function isGround(primitive: Batch["primitive"]): primitive is GroundPrimitive | GroundPolylinePrimitive {
  return primitive instanceof GroundPrimitive || primitive instanceof GroundPolylinePrimitive;
}

class LayerDrawing implements Drawing {
  #wanted: string | null = null;
  readonly #painted = new Map<Batch, string>();

  constructor(
    private readonly scene: Scene,
    private readonly batches: readonly Batch[],
    private readonly signs: Signs,
  ) {}

  get ready(): boolean {
    return this.batches.every(({ primitive }) => !primitive.show || primitive.ready);
  }

  setVisible(visible: boolean): void {
    for (const { primitive } of this.batches) primitive.show = visible;
    this.signs.setVisible(visible);
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
    for (const { primitive } of this.batches)
      (isGround(primitive) ? this.scene.groundPrimitives : this.scene.primitives).remove(primitive);
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
      });
      this.#byId.set(mark.id, [...(this.#byId.get(mark.id) ?? []), billboard]);
    }
    if (points.length > mostLabels) return;
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
  context.lineWidth = 4;
  context.strokeStyle = "#fff";
  context.stroke();
  return canvas;
}

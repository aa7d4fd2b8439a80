// What was measured, drawn in the scene: points, the lines between them, and what they come to. Seen through walls.
import {
  Cartesian2,
  Cartesian3,
  Color,
  LabelCollection,
  LabelStyle,
  Material,
  PointPrimitiveCollection,
  PolylineCollection,
  type Scene,
  VerticalOrigin,
} from "../engine.ts";
import type { Measured } from "./measures.ts";

const colour = Color.fromCssColorString("#d9480f");
const always = Number.POSITIVE_INFINITY;

/** A line of words at a place. */
export interface Note {
  readonly at: Measured;
  readonly text: string;
}

export interface Drawn {
  readonly points: readonly Measured[];
  /** Whether the last point is joined to the first. */
  readonly closed: boolean;
  readonly notes: readonly Note[];
}

/** One measure at a time. */
export class Tape {
  readonly #points: PointPrimitiveCollection;
  readonly #lines: PolylineCollection;
  readonly #labels: LabelCollection;

  constructor(private readonly scene: Scene) {
    this.#lines = scene.primitives.add(new PolylineCollection()) as PolylineCollection;
    this.#points = scene.primitives.add(new PointPrimitiveCollection()) as PointPrimitiveCollection;
    this.#labels = scene.primitives.add(new LabelCollection({ scene })) as LabelCollection;
  }

  set(drawn: Drawn | null): void {
    for (const collection of [this.#points, this.#lines, this.#labels]) collection.removeAll();
    if (drawn) this.#draw(drawn);
    this.scene.requestRender();
  }

  #draw({ points, closed, notes }: Drawn): void {
    const positions = points.map(({ at }) => new Cartesian3(...at));
    for (const position of positions)
      this.#points.add({ position, pixelSize: 9, color: Color.WHITE, outlineColor: colour, outlineWidth: 3, disableDepthTestDistance: always });
    const ring = closed && positions.length > 2 ? [...positions, positions[0]!] : positions;
    const line = (): Material => Material.fromType("Color", { color: colour });
    if (ring.length > 1) this.#lines.add({ positions: ring, width: 2.5, material: line() });
    for (const note of notes) this.#label(note);
  }

  #label({ at, text }: Note): void {
    this.#labels.add({
      position: new Cartesian3(...at.at),
      text,
      font: "600 13px system-ui, sans-serif",
      style: LabelStyle.FILL,
      fillColor: Color.WHITE,
      showBackground: true,
      backgroundColor: Color.fromCssColorString("#17212a").withAlpha(0.85),
      backgroundPadding: new Cartesian2(6, 4),
      pixelOffset: new Cartesian2(0, -12),
      verticalOrigin: VerticalOrigin.BOTTOM,
      disableDepthTestDistance: always,
    });
  }
}

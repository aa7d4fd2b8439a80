// A place that is pointed out: a ring that is seen through walls, its words, and a line down to the ground.
import {
  Cartesian2,
  Cartesian3,
  Color,
  HorizontalOrigin,
  LabelCollection,
  LabelStyle,
  Material,
  PointPrimitiveCollection,
  PolylineCollection,
  type Scene,
  VerticalOrigin,
} from "./engine.ts";

const colour = Color.fromCssColorString("#d9480f");
const alwaysInFront = Number.POSITIVE_INFINITY;
const longestText = 60;

/** Degrees; metres above the WGS 84 ellipsoid. */
export interface Pointed {
  readonly lon: number;
  readonly lat: number;
  readonly height: number;
  readonly ground: number;
  readonly text: string;
}

/** At most one place at a time. */
export class SpotMark {
  readonly #points: PointPrimitiveCollection;
  readonly #labels: LabelCollection;
  readonly #lines: PolylineCollection;

  constructor(private readonly scene: Scene) {
    this.#points = scene.primitives.add(new PointPrimitiveCollection()) as PointPrimitiveCollection;
    this.#labels = scene.primitives.add(new LabelCollection({ scene })) as LabelCollection;
    this.#lines = scene.primitives.add(new PolylineCollection()) as PolylineCollection;
  }

  set(pointed: Pointed | null): void {
    for (const collection of [this.#points, this.#labels, this.#lines]) collection.removeAll();
    if (pointed) this.#draw(pointed);
    this.scene.requestRender();
  }

  #draw({ lon, lat, height, ground, text }: Pointed): void {
    const position = Cartesian3.fromDegrees(lon, lat, height);
    this.#points.add({
      position,
      pixelSize: 13,
      color: colour,
      outlineColor: Color.WHITE,
      outlineWidth: 3,
      disableDepthTestDistance: alwaysInFront,
    });
    this.#lines.add({
      positions: [position, Cartesian3.fromDegrees(lon, lat, ground)],
      width: 2,
      material: Material.fromType("Color", { color: colour }),
    });
    this.#labels.add({
      position,
      text: text.length > longestText ? `${text.slice(0, longestText - 1)}…` : text,
      font: "600 14px sans-serif",
      style: LabelStyle.FILL,
      fillColor: Color.WHITE,
      showBackground: true,
      backgroundColor: Color.fromCssColorString("#17212a").withAlpha(0.85),
      pixelOffset: new Cartesian2(0, -16),
      horizontalOrigin: HorizontalOrigin.CENTER,
      verticalOrigin: VerticalOrigin.BOTTOM,
      disableDepthTestDistance: alwaysInFront,
    });
  }
}

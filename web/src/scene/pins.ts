// Findings as markers: one for those that lie together, with how many they are and the colour of the worst.
import { Cartesian2, Cartesian3, Color, HorizontalOrigin, LabelCollection, LabelStyle, PointPrimitiveCollection, type Scene, VerticalOrigin } from "./engine.ts";
import { severityColours } from "./appearance.ts";
import type { Pin } from "../state.ts";

const alwaysInFront = Number.POSITIVE_INFINITY;
/** What lies within the same square of this size, degrees, is one marker: some 5 m. */
const togetherDeg = 5e-5;
const order = ["error", "warning", "note"];

/** What stands behind a marker when it is picked. */
export const pinCollection = "finding";

export class Pins {
  readonly #points: PointPrimitiveCollection;
  readonly #labels: LabelCollection;

  constructor(private readonly scene: Scene) {
    this.#points = scene.primitives.add(new PointPrimitiveCollection()) as PointPrimitiveCollection;
    this.#labels = scene.primitives.add(new LabelCollection({ scene })) as LabelCollection;
  }

  /** Draws exactly these; `heightOf` gives metres above the ellipsoid. */
  set(pins: readonly Pin[], heightOf: (pin: Pin) => number): void {
    this.#points.removeAll();
    this.#labels.removeAll();
    for (const group of together(pins)) this.#draw(group, heightOf);
    this.scene.requestRender();
  }

  #draw(group: readonly Pin[], heightOf: (pin: Pin) => number): void {
    const [first] = group as readonly [Pin, ...Pin[]];
    const position = Cartesian3.fromDegrees(first.lon, first.lat, heightOf(first));
    const id = { collection: pinCollection, id: first.id };
    const [r, g, b] = severityColours[first.severity] ?? severityColours["note"]!;
    this.#points.add({
      id,
      position,
      pixelSize: group.length > 1 ? 18 : 11,
      color: new Color(r, g, b),
      outlineColor: Color.WHITE,
      outlineWidth: 2,
      disableDepthTestDistance: alwaysInFront,
    });
    if (group.length > 1)
      this.#labels.add({
        id,
        position,
        text: String(group.length),
        font: "600 11px sans-serif",
        style: LabelStyle.FILL,
        fillColor: Color.BLACK,
        pixelOffset: new Cartesian2(0, 0),
        horizontalOrigin: HorizontalOrigin.CENTER,
        verticalOrigin: VerticalOrigin.CENTER,
        disableDepthTestDistance: alwaysInFront,
      });
  }
}

/** Pins that lie together, the worst of each group first. */
export function together(pins: readonly Pin[]): Pin[][] {
  const groups = new Map<string, Pin[]>();
  for (const pin of pins) {
    const square = `${Math.round(pin.lon / togetherDeg)} ${Math.round(pin.lat / togetherDeg)} ${Math.round((pin.level ?? 0) / 4)}`;
    if (!groups.has(square)) groups.set(square, []);
    groups.get(square)!.push(pin);
  }
  return [...groups.values()].map((group) => group.sort((one, other) => order.indexOf(one.severity) - order.indexOf(other.severity)));
}

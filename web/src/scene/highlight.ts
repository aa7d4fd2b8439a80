// The selected area or line, brought out on the ground.
import {
  ClassificationType,
  Color,
  GroundPolylinePrimitive,
  GroundPrimitive,
  PerInstanceColorAppearance,
  PolylineColorAppearance,
  type Scene,
} from "./engine.ts";
import type { GroundShape } from "./ground.ts";
import { area, line } from "./shapes.ts";

const colour = Color.fromCssColorString("#2f86ff");
const fillAlpha = 0.45;
const edgePx = 4;
const mark = { collection: "", id: "" };

/** At most one shape at a time. */
export class Highlight {
  #shape: GroundShape | null = null;
  #primitives: (GroundPrimitive | GroundPolylinePrimitive)[] = [];

  constructor(private readonly scene: Scene) {}

  set(shape: GroundShape | null): void {
    if (shape === this.#shape) return;
    for (const primitive of this.#primitives) this.scene.groundPrimitives.remove(primitive);
    this.#shape = shape;
    this.#primitives = shape ? draw(shape) : [];
    for (const primitive of this.#primitives) this.scene.groundPrimitives.add(primitive);
    this.scene.requestRender();
  }

  get ready(): boolean {
    return this.#primitives.every((primitive) => primitive.ready);
  }
}

function draw({ areas, lines }: GroundShape): (GroundPrimitive | GroundPolylinePrimitive)[] {
  const classificationType = ClassificationType.TERRAIN;
  const fills = areas.map((rings) => area(rings, mark, colour.withAlpha(fillAlpha))).filter((made) => made !== null);
  const edges = [...areas.flat(), ...lines].map((positions) => line(positions, mark, colour, edgePx)).filter((made) => made !== null);
  return [
    ...(fills.length
      ? [
          new GroundPrimitive({
            geometryInstances: fills,
            classificationType,
            allowPicking: false,
            appearance: new PerInstanceColorAppearance({ flat: true, translucent: true }),
          }),
        ]
      : []),
    ...(edges.length
      ? [
          new GroundPolylinePrimitive({
            geometryInstances: edges,
            classificationType,
            allowPicking: false,
            appearance: new PolylineColorAppearance(),
          }),
        ]
      : []),
  ];
}

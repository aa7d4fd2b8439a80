// Lines in space with a colour each, seen through walls as well; a click on one means what it stands for.
import {
  Cartesian3,
  Color,
  ColorGeometryInstanceAttribute,
  GeometryInstance,
  PolylineColorAppearance,
  PolylineGeometry,
  Primitive,
  ArcType,
  type Scene,
} from "./engine.ts";
import type { Position } from "../api/types.ts";
import type { Rgb } from "./appearance.ts";
import type { Mark } from "./shapes.ts";

const hiddenAlpha = 0.55;

/** One line: longitude, latitude in degrees, metres above the WGS 84 ellipsoid. */
export interface Stroke {
  readonly line: readonly Position[];
  readonly colour: Rgb;
  readonly widthPx: number;
  /** What a click on it selects, null for nothing. */
  readonly mark: Mark | null;
}

/** All lines of one answer at a time. */
export class Strokes {
  #primitive: Primitive | null = null;

  constructor(private readonly scene: Scene) {}

  set(strokes: readonly Stroke[]): void {
    if (this.#primitive) this.scene.primitives.remove(this.#primitive);
    const instances = strokes.map(instanceOf).filter((one) => one !== null);
    this.#primitive = instances.length ? (this.scene.primitives.add(drawn(instances)) as Primitive) : null;
    this.scene.requestRender();
  }

  destroy(): void {
    if (!this.scene.isDestroyed()) this.set([]);
  }
}

function drawn(geometryInstances: GeometryInstance[]): Primitive {
  return new Primitive({
    geometryInstances,
    appearance: new PolylineColorAppearance({ translucent: false }),
    depthFailAppearance: new PolylineColorAppearance({ translucent: true }),
    asynchronous: false,
  });
}

function instanceOf({ line, colour: [r, g, b], widthPx, mark }: Stroke): GeometryInstance | null {
  const positions = line.map(([lon = 0, lat = 0, height = 0]) => Cartesian3.fromDegrees(lon, lat, height));
  const distinct = positions.filter((one, at) => at === 0 || !Cartesian3.equalsEpsilon(one, positions[at - 1], 0, 1e-3));
  if (distinct.length < 2) return null;
  return new GeometryInstance({
    ...(mark ? { id: mark } : {}),
    geometry: new PolylineGeometry({ positions: distinct, width: widthPx, arcType: ArcType.NONE, vertexFormat: PolylineColorAppearance.VERTEX_FORMAT }),
    attributes: {
      color: ColorGeometryInstanceAttribute.fromColor(new Color(r, g, b)),
      depthFailColor: ColorGeometryInstanceAttribute.fromColor(new Color(r, g, b, hiddenAlpha)),
    },
  });
}

// The sun where it stands over the site at a date and time, and the dark after it has set.
import {
  Cartesian3,
  DirectionalLight,
  JulianDate,
  type Light,
  Math as CesiumMath,
  Matrix3,
  Matrix4,
  PostProcessStage,
  type Scene,
  Simon1994PlanetaryPositions,
  Transforms,
} from "../engine.ts";

/** Where the sun stands, degrees: clockwise from north, above the horizon. */
export interface Sun {
  readonly azimuth: number;
  readonly altitude: number;
}

const shadowReachM = 1200;
const dusk = `
uniform sampler2D colorTexture;
uniform vec3 tint;
in vec2 v_textureCoordinates;
void main() {
  vec4 seen = texture(colorTexture, v_textureCoordinates);
  out_FragColor = vec4(seen.rgb * tint, seen.a);
}`;

/** The light of the scene. */
export class Daylight {
  readonly #even: Light;
  readonly #dusk: PostProcessStage;
  readonly #tint = new Cartesian3(1, 1, 1);

  constructor(
    private readonly scene: Scene,
    private readonly centre: readonly [number, number, number],
  ) {
    this.#even = scene.light;
    this.#dusk = new PostProcessStage({ fragmentShader: dusk, uniforms: { tint: () => this.#tint } });
    this.#dusk.enabled = false;
    scene.postProcessStages.add(this.#dusk);
  }

  /** The sun of a moment in Hong Kong (`2026-06-21T15:30`), or the even daylight for "". */
  set(moment: string, shadows: boolean): Sun | null {
    const { scene } = this;
    scene.shadowMap.enabled = false;
    scene.light = this.#even;
    this.#dusk.enabled = false;
    scene.requestRender();
    if (moment === "") return null;
    const towards = sunAt(moment);
    const sun = over(towards, this.centre);
    const day = smooth(-9, 7, sun.altitude);
    const direction = Cartesian3.negate(sun.altitude > -2 ? towards : upAt(this.centre), new Cartesian3());
    scene.light = new DirectionalLight({ direction, intensity: 0.25 + 1.55 * day });
    this.#shade(sun.altitude, day);
    this.#cast(shadows && sun.altitude > 1);
    return sun;
  }

  /** Warm and dim near the horizon, blue and dark at night. */
  #shade(altitude: number, day: number): void {
    const warm = smooth(-8, 0, altitude) * (1 - smooth(2, 14, altitude));
    const night = new Cartesian3(0.32, 0.37, 0.5);
    Cartesian3.lerp(night, new Cartesian3(1, 1 - 0.1 * warm, 1 - 0.22 * warm), day, this.#tint);
    this.#dusk.enabled = day < 1 || warm > 0;
  }

  #cast(on: boolean): void {
    const { shadowMap } = this.scene;
    shadowMap.enabled = on;
    shadowMap.softShadows = true;
    shadowMap.size = 2048;
    shadowMap.maximumDistance = shadowReachM;
    shadowMap.darkness = 0.45;
  }
}

/** Direction from the Earth's middle to the sun, of length one, in the frame that turns with the Earth. */
function sunAt(moment: string): Cartesian3 {
  const date = JulianDate.fromDate(new Date(`${moment}:00+08:00`));
  const inertial = Simon1994PlanetaryPositions.computeSunPositionInEarthInertialFrame(date);
  const turn = Transforms.computeTemeToPseudoFixedMatrix(date, new Matrix3());
  const fixed = Matrix3.multiplyByVector(turn!, inertial, new Cartesian3());
  return Cartesian3.normalize(fixed, fixed);
}

function over(towards: Cartesian3, centre: readonly [number, number, number]): Sun {
  const frame = Transforms.eastNorthUpToFixedFrame(Cartesian3.fromDegrees(...centre));
  const local = Matrix4.multiplyByPointAsVector(Matrix4.inverseTransformation(frame, new Matrix4()), towards, new Cartesian3());
  return {
    azimuth: (CesiumMath.toDegrees(Math.atan2(local.x, local.y)) + 360) % 360,
    altitude: CesiumMath.toDegrees(Math.asin(CesiumMath.clamp(local.z, -1, 1))),
  };
}

function upAt(centre: readonly [number, number, number]): Cartesian3 {
  const position = Cartesian3.fromDegrees(...centre);
  return Cartesian3.normalize(position, position);
}

function smooth(from: number, to: number, value: number): number {
  const share = CesiumMath.clamp((value - from) / (to - from), 0, 1);
  return share * share * (3 - 2 * share);
}

// Lines along the edges of models, found in the depths of each picture: tiles need not tell them, and whatever hides, cuts or colours models holds for them.
import { BlendingState, BoundingSphere, Cesium3DTileset, Pass, RenderState, ShaderSource, StencilFunction, type DrawCommand, type Scene } from "./engine.ts";

declare module "@cesium/engine" {
  // Parts of the engine that its own types leave out.
  export const Pass: { readonly CESIUM_3D_TILE_CLASSIFICATION: number };
  export const RenderState: { fromCache(options: object): object };
  export class ShaderSource {
    constructor(options: { sources: string[]; defines?: string[] });
  }
  export interface DrawCommand {
    boundingVolume: BoundingSphere;
    readonly shaderProgram: { destroy(): void };
  }
}

interface FrameState {
  readonly passes: { readonly render: boolean };
  readonly commandList: DrawCommand[];
  readonly useLogDepth: boolean;
  readonly context: { createViewportQuadCommand(shader: ShaderSource, more: object): DrawCommand };
}

/** Bit of the stencil by which the engine marks pixels of 3D tiles. */
const tileBit = 0x80;

/*
 * The inverse of the depth is linear over the picture of a plane, so two neighbouring differences of it are equal on one and differ at its
 * edges, however it is seen. Along a row and a column through the pixel, planes are laid through the two pixels on either side. There is
 *
 * - a crease where these planes meet at an angle, and the bend is at this pixel and not spread over its neighbours: the sides of a pipe bend
 *   everywhere alike;
 * - a border where the depth leaves what the planes on both sides allow; its line is on the nearer side.
 *
 * A part that is a pixel wide has borders on both sides and would be all line: it is drawn faintly, as is everything far away.
 */
const shader = `
uniform bool u_logDepth;
uniform vec4 u_ink;

const float turn = 0.82;       // cosine of 35 degrees
const float most = 0.45;       // share of the bend that one pixel of a crease has; of a curve, each of three has a third
const float step = 0.9;        // depth of a border, in the size of a pixel there
const vec2 fade = vec2(250.0, 1600.0);

bool isOrthographic() {
  return czm_projection[3][3] == 1.0;
}

float depthAt(vec2 offset) {
  float depth = czm_unpackDepth(texture(czm_globeDepthTexture, (gl_FragCoord.xy + offset) / czm_viewport.zw));
  if (depth == 0.0) depth = 1.0;
  vec2 range = czm_currentFrustum;
  if (isOrthographic()) return mix(range.x, range.y, depth);
  if (u_logDepth) return exp2(depth * czm_log2FarDepthFromNearPlusOne) - 1.0 + range.x;
  return range.x * range.y / mix(range.y, range.x, depth);
}

// What is linear over the picture of a plane, and grows towards the eye.
float nearness(vec2 offset) {
  float depth = depthAt(offset);
  return isOrthographic() ? -depth : 1.0 / depth;
}

// The normal of a plane with these slopes of nearness.
vec3 normalOf(float here, vec2 place, vec2 slope) {
  return normalize(vec3(slope, isOrthographic() ? 1.0 : here - dot(place, slope)));
}

// How much of a line there is across one direction; samples two before to two behind.
float edge(float before2, float before, float here, float behind, float behind2, float size, vec2 place, vec2 along, float across) {
  float d1 = before - before2, d2 = here - before, d3 = behind - here, d4 = behind2 - behind;
  float pixel = step * size * (isOrthographic() ? 1.0 : here);
  float low = min(d1, d4) - pixel, high = max(d1, d4) + pixel;
  bool isBefore = d2 > high, isBehind = d3 < low;
  if (isBefore && isBehind) return 0.4;
  if (isBefore || isBehind) return 1.0;
  if (d2 < low || d3 > high) return 0.0;
  float bend1 = abs(d2 - d1), bend2 = abs(d3 - d2), bend3 = abs(d4 - d3);
  if (bend2 < bend1 || bend2 <= bend3 || bend2 < most * (bend1 + bend2 + bend3)) return 0.0;
  vec2 other = (vec2(1.0) - along) * across;
  float angle = dot(normalOf(here, place, along * d1 / size + other), normalOf(here, place, along * d4 / size + other));
  return 1.0 - smoothstep(turn - 0.04, turn + 0.02, angle);
}

void main() {
  float wide = max(1.0, floor(czm_pixelRatio + 0.5));
  vec2 scale = 1.0 / vec2(czm_projection[0][0], czm_projection[1][1]);
  vec2 size = 2.0 * wide * scale / czm_viewport.zw;
  vec2 place = (2.0 * gl_FragCoord.xy / czm_viewport.zw - 1.0 + czm_projection[2].xy) * scale;
  float here = nearness(vec2(0.0));
  float l2 = nearness(vec2(-2.0 * wide, 0.0)), l1 = nearness(vec2(-wide, 0.0)), r1 = nearness(vec2(wide, 0.0)), r2 = nearness(vec2(2.0 * wide, 0.0));
  float b2 = nearness(vec2(0.0, -2.0 * wide)), b1 = nearness(vec2(0.0, -wide)), t1 = nearness(vec2(0.0, wide)), t2 = nearness(vec2(0.0, 2.0 * wide));
  float level = edge(l2, l1, here, r1, r2, size.x, place, vec2(1.0, 0.0), (t1 - b1) / (2.0 * size.y));
  float upright = edge(b2, b1, here, t1, t2, size.y, place, vec2(0.0, 1.0), (r1 - l1) / (2.0 * size.x));
  float near = isOrthographic() ? 1.0 : mix(1.0, 0.3, smoothstep(fade.x, fade.y, 1.0 / here));
  float line = max(level, upright) * near;
  if (line < 0.02) discard;
  out_FragColor = vec4(u_ink.rgb, u_ink.a * line);
}`;

const sphere = new BoundingSphere();
const ink = { x: 0.07, y: 0.09, z: 0.11, w: 0.72 };

/** The lines, as a thing in the scene that draws after the models and before all that stands in front of them; what is see-through has none. */
export class Edges {
  #on = true;
  #command: DrawCommand | null = null;
  #logDepth = false;

  constructor(private readonly scene: Scene) {
    scene.primitives.add(this);
  }

  set(on: boolean): void {
    if (on === this.#on) return;
    this.#on = on;
    this.scene.requestRender();
  }

  /** What the engine calls for each frame, and for each look at what is under the pointer. */
  update({ passes, commandList, context, useLogDepth }: FrameState): void {
    const around = this.#on && passes.render ? this.#around() : null;
    if (!around) return;
    this.#logDepth = useLogDepth;
    this.#command ??= context.createViewportQuadCommand(new ShaderSource({ sources: [shader], defines: ["LOG_DEPTH_READ_ONLY"] }), {
      pass: Pass.CESIUM_3D_TILE_CLASSIFICATION,
      owner: this,
      uniformMap: { u_logDepth: () => this.#logDepth, u_ink: () => ink },
      renderState: RenderState.fromCache({
        depthTest: { enabled: false },
        depthMask: false,
        blending: BlendingState.ALPHA_BLEND,
        stencilTest: { enabled: true, frontFunction: StencilFunction.EQUAL, backFunction: StencilFunction.EQUAL, reference: tileBit, mask: tileBit },
      }),
    });
    this.#command.boundingVolume = around;
    commandList.push(this.#command);
  }

  /** What the engine is to count as the place of the lines: that of all tiles that are shown, null without any. */
  #around(): BoundingSphere | null {
    const { primitives } = this.scene;
    const spheres: BoundingSphere[] = [];
    for (let k = 0; k < primitives.length; k++) {
      const one: unknown = primitives.get(k);
      if (one instanceof Cesium3DTileset && one.show) spheres.push(one.boundingSphere);
    }
    return spheres.length ? BoundingSphere.fromBoundingSpheres(spheres, sphere) : null;
  }

  isDestroyed(): boolean {
    return false;
  }

  destroy(): void {
    this.#command?.shaderProgram.destroy();
  }
}

// Lines along the edges of models, found in the depths of each picture: tiles need not tell them, and whatever hides, cuts or colours models holds for them.
import { BlendingState, BoundingSphere, Cesium3DTileset, Matrix4, Pass, RenderState, ShaderSource, StencilFunction, type DrawCommand, type Scene } from "./engine.ts";
import { isSoftware } from "./look.ts";

declare module "@cesium/engine" {
  // Parts of the engine that its own types leave out.
  export const Pass: { readonly OPAQUE: number };
  export const RenderState: { fromCache(options: object): object };
  export class ShaderSource {
    constructor(options: { sources: string[]; defines?: string[] });
  }
  export interface DrawCommand {
    boundingVolume: BoundingSphere;
    occlude: boolean;
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
 * The inverse of the depth is linear over the picture of a plane, so neighbouring differences of it are equal on one and differ at its edges,
 * however it is seen; from an orthographic eye the depth itself is linear. Along the row and the column through a pixel, planes are laid
 * through the two pixels on either side. There is
 *
 * - a crease where these planes meet at an angle, and the bend between them is at this pixel, or at this one and the next, but not spread
 *   over three: so bend the sides of a pipe;
 * - a border where the depth leaves what the planes on both sides allow; its line is on the nearer side.
 *
 * A part that is few pixels wide would be all line: its borders are the fainter the narrower it is, as are those of what is far away.
 */
const shader = `
uniform bool u_logDepth;
uniform vec4 u_ink;

const float least = 0.25;      // bend below which there is nothing, in the size of a pixel there
const float step = 0.9;        // depth of a border, in the size of a pixel there
const float turn = 0.82;       // cosine of 35 degrees
const int wide = 5;            // pixels from which a part has full borders
const float thin = 0.25;       // of those of a part of one pixel
const vec2 fade = vec2(250.0, 1600.0);

bool isOrthographic() {
  return czm_projection[3][3] == 1.0;
}

// What is linear over the picture of a plane, and grows towards the eye.
float nearness(vec2 offset) {
  float depth = czm_unpackDepth(texture(czm_globeDepthTexture, (gl_FragCoord.xy + offset) / czm_viewport.zw));
  if (depth == 0.0) depth = 1.0;
  vec2 range = czm_currentFrustum;
  if (isOrthographic()) return -mix(range.x, range.y, depth);
  if (u_logDepth) return 1.0 / (exp2(depth * czm_log2FarDepthFromNearPlusOne) - 1.0 + range.x);
  return mix(range.y, range.x, depth) / (range.x * range.y);
}

// The normal of the plane with these slopes of nearness.
vec3 normalOf(float here, vec2 place, vec2 slope) {
  return normalize(vec3(slope, isOrthographic() ? 1.0 : here - dot(place, slope)));
}

// How much of a border there is, by how many pixels there are to the next one inwards; these are the first two differences on the way.
float border(vec2 inwards, float here, vec2 d, float pixel) {
  float allowed = min(abs(d.x), abs(d.y)) + 2.0 * pixel;
  float last = here;
  for (int k = 1; k < wide; k++) {
    float next = nearness(float(k) * inwards);
    if (last - next > allowed) return mix(thin, 1.0, float(k - 1) / float(wide - 1));
    last = next;
  }
  return 1.0;
}

// How much of a line there is across one direction; these are the differences from pixel to pixel, from two before to two behind.
float edge(vec2 along, vec4 d, float here, float pixel, vec2 place, float size, vec2 across) {
  float low = min(d.x, d.w) - step * pixel, high = max(d.x, d.w) + step * pixel;
  if (d.y > high) return border(along, here, d.zw, pixel);
  if (d.z < low) return border(-along, here, d.yx, pixel);
  if (d.y < low || d.z > high) return 0.0;
  vec3 bend = abs(d.yzw - d.xyz);
  float whole = bend.x + bend.y + bend.z;
  if (min(bend.x, bend.z) > 0.15 * whole) return 0.0;
  vec2 one = normalize(along);
  float angle = dot(normalOf(here, place, one * d.x / size + across), normalOf(here, place, one * d.w / size + across));
  return clamp(1.6 * bend.y / whole - 0.15, 0.0, 1.0) * (1.0 - smoothstep(turn - 0.04, turn + 0.02, angle));
}

void main() {
  float line = max(1.0, floor(czm_pixelRatio + 0.5));
  vec2 x = vec2(line, 0.0), y = vec2(0.0, line);
  vec2 scale = 1.0 / vec2(czm_projection[0][0], czm_projection[1][1]);
  vec2 size = 2.0 * line * scale / czm_viewport.zw;
  float here = nearness(vec2(0.0));
  vec2 pixel = size * (isOrthographic() ? 1.0 : here);
  float west = nearness(-x), east = nearness(x), south = nearness(-y), north = nearness(y);
  bool level = abs(west + east - 2.0 * here) > least * pixel.x, upright = abs(south + north - 2.0 * here) > least * pixel.y;
  if (!level && !upright) discard;
  vec2 place = (2.0 * gl_FragCoord.xy / czm_viewport.zw - 1.0 + czm_projection[2].xy) * scale;
  vec2 slope = vec2(east - west, north - south) / (2.0 * size);
  float found = 0.0;
  if (level) {
    vec4 d = vec4(west - nearness(-2.0 * x), here - west, east - here, nearness(2.0 * x) - east);
    found = edge(x, d, here, pixel.x, place, size.x, vec2(0.0, slope.y));
  }
  if (upright) {
    vec4 d = vec4(south - nearness(-2.0 * y), here - south, north - here, nearness(2.0 * y) - north);
    found = max(found, edge(y, d, here, pixel.y, place, size.y, vec2(slope.x, 0.0)));
  }
  if (!isOrthographic()) found *= mix(1.0, 0.3, smoothstep(fade.x, fade.y, 1.0 / here));
  if (found < 0.02) discard;
  out_FragColor = vec4(u_ink.rgb, u_ink.a * found);
}`;

const stillMs = 150;
const sphere = new BoundingSphere();
const ink = { x: 0.07, y: 0.09, z: 0.11, w: 0.72 };

/** The lines, as a thing in the scene that draws after the models and before all that stands in front of them; what is see-through has none. */
export class Edges {
  #on = true;
  /** Without a graphics card lines are drawn when the eye stands still: they are a fifth of the work of a frame. */
  readonly #patient: boolean;
  readonly #eye = new Matrix4();
  #timer = 0;
  #command: DrawCommand | null = null;
  #logDepth = false;

  constructor(private readonly scene: Scene) {
    this.#patient = isSoftware(scene.canvas);
    // Before all others of its pass: the depths are those of terrain and tiles alone, and what comes later is drawn over the lines.
    scene.primitives.add(this, 0);
  }

  set(on: boolean): void {
    if (on === this.#on) return;
    this.#on = on;
    this.scene.requestRender();
  }

  /** What the engine calls for each frame, and for each look at what is under the pointer. */
  update({ passes, commandList, context, useLogDepth }: FrameState): void {
    if (!this.#on || !passes.render || (this.#patient && this.#moves())) return;
    const around = this.#around();
    if (!around) return;
    this.#logDepth = useLogDepth;
    this.#command ??= context.createViewportQuadCommand(new ShaderSource({ sources: [shader], defines: ["LOG_DEPTH_READ_ONLY"] }), {
      pass: Pass.OPAQUE,
      owner: this,
      uniformMap: { u_logDepth: () => this.#logDepth, u_ink: () => ink },
      renderState: RenderState.fromCache({
        // At the very front: a test that always holds, by which drivers that compute pictures leave out pixels by their stencil before the shader.
        depthTest: { enabled: true },
        depthRange: { near: 0, far: 0 },
        depthMask: false,
        blending: BlendingState.ALPHA_BLEND,
        stencilTest: { enabled: true, frontFunction: StencilFunction.EQUAL, backFunction: StencilFunction.EQUAL, reference: tileBit, mask: tileBit },
      }),
    });
    this.#command.boundingVolume = around;
    // What lies below the ellipsoid counts as hidden by it, which much of the ground here does.
    this.#command.occlude = false;
    commandList.push(this.#command);
  }

  /** Whether the eye is elsewhere than in the last frame; where it is, another frame is asked for. */
  #moves(): boolean {
    const { viewMatrix } = this.scene.camera;
    if (Matrix4.equalsEpsilon(viewMatrix, this.#eye, 1e-9)) return false;
    Matrix4.clone(viewMatrix, this.#eye);
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.scene.requestRender(), stillMs);
    return true;
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
    clearTimeout(this.#timer);
    this.#command?.shaderProgram.destroy();
  }
}

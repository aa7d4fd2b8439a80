// A line around the selected element, where its picture meets that of anything else.
import { Color, PostProcessStage, type Cesium3DTileFeature, type Scene } from "./engine.ts";
import { isSoftware } from "./look.ts";

const shader = `
uniform sampler2D colorTexture;
uniform vec4 lineColor;
uniform float widthPx;
in vec2 v_textureCoordinates;

void main() {
  vec4 scene = texture(colorTexture, v_textureCoordinates);
  out_FragColor = scene;
#ifdef CZM_SELECTED_FEATURE
  if (czm_selected(vec2(0.0))) return;
  vec2 pixel = widthPx * czm_pixelRatio / czm_viewport.zw;
  float near = 0.0;
  for (int i = 0; i < 8; i++) {
    float turn = float(i) * 0.7853981634;
    if (czm_selected(pixel * vec2(cos(turn), sin(turn)))) near += 1.0;
  }
  out_FragColor = mix(scene, lineColor, min(1.0, near / 2.0));
#endif
}`;

/** The outline. It draws the scene a second time: not where there is no graphics card, nor while nothing is selected. */
export class Outline {
  readonly #stage: PostProcessStage;

  constructor(private readonly scene: Scene) {
    this.#stage = new PostProcessStage({
      fragmentShader: shader,
      uniforms: { lineColor: Color.fromCssColorString("#0b63e5"), widthPx: 2 },
    });
    this.#stage.enabled = false;
    scene.postProcessStages.add(this.#stage);
  }

  set(features: readonly Cesium3DTileFeature[]): void {
    this.#stage.selected = [...features];
    this.#stage.enabled = features.length > 0 && !isSoftware(this.scene.canvas);
    this.scene.requestRender();
  }
}

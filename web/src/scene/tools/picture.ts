// A picture of the view to be kept: sharper than the screen if wanted, with its title, scale, north, date and sources.
import { Cartesian2, Cartesian3, type CesiumWidget, OrthographicFrustum, type PerspectiveFrustum } from "../engine.ts";
import { headingOf } from "./plan.ts";

export const pictureScales = [1, 2, 4] as const;
export type PictureScale = (typeof pictureScales)[number];

/** What is written around the picture. */
export interface Caption {
  readonly title: string;
  /** Date and sources, from left to right. */
  readonly lines: readonly string[];
  readonly north: string;
}

const ink = "#17212a";
const muted = "#56636e";
const paper = "#ffffff";
const titlePx = 40;
const footPx = 52;
const family = "system-ui, 'Noto Sans HK', 'Noto Sans CJK HK', 'Noto Sans SC', sans-serif";

/** Takes pictures of the scene. */
export class Picture {
  constructor(
    private readonly widget: CesiumWidget,
    private readonly settled: () => Promise<void>,
  ) {}

  /** A PNG of what is seen now at `scale` times the size on the page; less where the graphics cannot draw so large. */
  async take(scale: PictureScale, caption: Caption): Promise<Blob> {
    const { widget } = this;
    const before = widget.resolutionScale;
    const { canvas } = widget;
    const largest = largestSide(canvas) / Math.max(canvas.clientWidth, canvas.clientHeight);
    const pixels = Math.min(scale, largest);
    widget.resolutionScale = pixels / (widget.useBrowserRecommendedResolution ? 1 : devicePixelRatio);
    try {
      widget.resize();
      await this.settled();
      widget.scene.requestRender();
      widget.scene.render();
      // The drawing must be copied in the task that drew it.
      return await encoded(this.#framed(pixels, caption));
    } finally {
      widget.resolutionScale = before;
      widget.resize();
      widget.scene.requestRender();
    }
  }

  #framed(scale: number, caption: Caption): HTMLCanvasElement {
    const { canvas, scene } = this.widget;
    const sheet = document.createElement("canvas");
    sheet.width = canvas.width;
    const [head, foot] = [Math.round(titlePx * scale), Math.round(footPx * scale)];
    sheet.height = canvas.height + head + foot;
    const pen = sheet.getContext("2d")!;
    pen.fillStyle = paper;
    pen.fillRect(0, 0, sheet.width, sheet.height);
    pen.drawImage(canvas, 0, head);
    pen.scale(scale, scale);
    const [width, top] = [sheet.width / scale, (sheet.height - foot) / scale];
    text(pen, caption.title, 14, titlePx / 2, `600 17px ${family}`, ink, width - 28);
    caption.lines.forEach((line, at) => text(pen, line, 14, top + 17 + 19 * at, `${at ? 400 : 500} 12px ${family}`, at ? muted : ink, width - 260));
    drawNorth(pen, width - 26, top + footPx / 2, headingOf(scene), caption.north);
    drawScale(pen, width - 56, top + 30, this.#metresPerPixel());
    return sheet;
  }

  /** In the middle of the picture, null where that is the sky. */
  #metresPerPixel(): number | null {
    const { scene, canvas, camera } = this.widget;
    const { frustum } = camera;
    if (frustum instanceof OrthographicFrustum) return (frustum.width ?? 0) / canvas.clientWidth;
    const middle = new Cartesian2(canvas.clientWidth / 2, canvas.clientHeight / 2);
    const ray = camera.getPickRay(middle);
    const at = scene.pickPosition(middle) ?? (ray && scene.globe.pick(ray, scene));
    const fovy = (frustum as PerspectiveFrustum).fovy ?? 1;
    return at ? (2 * Cartesian3.distance(camera.positionWC, at) * Math.tan(fovy / 2)) / canvas.clientHeight : null;
  }
}

function largestSide(canvas: HTMLCanvasElement): number {
  const gl = canvas.getContext("webgl2");
  const [width, height] = (gl?.getParameter(gl.MAX_VIEWPORT_DIMS) ?? [4096, 4096]) as [number, number];
  return Math.min(width, height, (gl?.getParameter(gl.MAX_RENDERBUFFER_SIZE) as number | undefined) ?? 4096);
}

function text(pen: CanvasRenderingContext2D, words: string, x: number, y: number, font: string, colour: string, most: number): void {
  Object.assign(pen, { font, fillStyle: colour, textBaseline: "middle", textAlign: "left" });
  pen.fillText(words, x, y, most);
}

/** A needle to the north; `heading` is where the picture's up points, degrees clockwise from north. */
function drawNorth(pen: CanvasRenderingContext2D, x: number, y: number, heading: number, letter: string): void {
  pen.save();
  pen.translate(x, y);
  pen.rotate((-heading * Math.PI) / 180);
  pen.fillStyle = ink;
  pen.beginPath();
  for (const [px, py] of [[0, -9], [6, 13], [0, 9], [-6, 13]] as const) pen.lineTo(px, py);
  pen.fill();
  Object.assign(pen, { font: `600 10px ${family}`, textAlign: "center", textBaseline: "bottom" });
  pen.fillText(letter, 0, -10);
  pen.restore();
}

/** A bar of a round length that ends at `right`. */
function drawScale(pen: CanvasRenderingContext2D, right: number, y: number, metresPerPixel: number | null): void {
  if (!metresPerPixel) return;
  const length = roundLength(metresPerPixel * 130);
  const width = length / metresPerPixel;
  pen.strokeStyle = ink;
  pen.lineWidth = 1.5;
  pen.beginPath();
  pen.moveTo(right - width, y - 5);
  pen.lineTo(right - width, y);
  pen.lineTo(right, y);
  pen.lineTo(right, y - 5);
  pen.stroke();
  Object.assign(pen, { font: `500 12px ${family}`, fillStyle: ink, textAlign: "right", textBaseline: "bottom" });
  pen.fillText(length >= 1000 ? `${length / 1000} km` : `${length} m`, right, y - 7);
}

/** The largest of 1, 2 and 5 times a power of ten that is not longer. */
export function roundLength(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most));
  return power * (most >= 5 * power ? 5 : most >= 2 * power ? 2 : 1);
}

function encoded(sheet: HTMLCanvasElement): Promise<Blob> {
  return new Promise((resolve, reject) => sheet.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the picture is too large"))), "image/png"));
}

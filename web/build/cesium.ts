// What the build has to do for CesiumJS: serve its workers and assets from our own host, and leave its debug checks out.
import type { Plugin } from "vite";
import { packageAssets, packageFolder, type Assets } from "./assets.ts";

/** Folder in the engine package -> folder below `/cesium`. Only what this app can ask for; no world imagery, stars or moon. */
const assets: Assets = [
  ["Build/Workers", "Workers"],
  ["Source/Assets/approximateTerrainHeights.json", "Assets/approximateTerrainHeights.json"],
  ["Source/Assets/IAU2006_XYS", "Assets/IAU2006_XYS"],
  ["Source/ThirdParty/draco_decoder.wasm", "ThirdParty/draco_decoder.wasm"],
  ["Source/ThirdParty/basis_transcoder.wasm", "ThirdParty/basis_transcoder.wasm"],
  ["Source/ThirdParty/Workers/basis_transcoder.js", "ThirdParty/Workers/basis_transcoder.js"],
];

/** Copies the engine's assets to `<outDir>/cesium`. */
export function cesiumAssets(): Plugin {
  return packageAssets(packageFolder("@cesium/engine"), "cesium", assets);
}

const debugBlock = /\/\/>>includeStart\(["']debug["'], pragmas\.debug\);[\s\S]*?\/\/>>includeEnd\(["']debug["']\);/g;

/** Removes the blocks that the engine marks as checks for development; its own release build does the same. */
export function withoutDebugChecks(): Plugin {
  return {
    name: "cesium-without-debug-checks",
    apply: "build",
    transform(code, id) {
      return id.includes("@cesium/engine") && code.includes("pragmas.debug") ? { code: code.replace(debugBlock, ""), map: null } : null;
    },
  };
}

/** A policy in the page itself: scripts, data and pictures come from our host or not at all. */
export function sameHostOnly(): Plugin {
  const policy = [
    "default-src 'self'",
    "script-src 'self' 'wasm-unsafe-eval' blob:",
    "worker-src 'self' blob:",
    "connect-src 'self' blob: data:",
    "img-src 'self' blob: data:",
    "style-src 'self' 'unsafe-inline'",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
  ].join("; ");
  return {
    name: "same-host-only",
    apply: "build",
    transformIndexHtml: () => [
      { tag: "meta", attrs: { "http-equiv": "Content-Security-Policy", content: policy }, injectTo: "head-prepend" },
    ],
  };
}

/** What stands in for a visualizer: this app has no entities, so the engine's widget has nothing to visualize. */
const noVisualizer = `export default class {
  static registerUpdater() {}
  static unregisterUpdater() {}
  update() { return true; }
  getBoundingSphere() { return 2; }
  isDestroyed() { return false; }
  destroy() {}
}`;

/** Letters as people count them, from the browser itself. */
const graphemes = `export default class {
  #cutter = new Intl.Segmenter();
  splitGraphemes(text) { return Array.from(this.#cutter.segment(text), ({ segment }) => segment); }
}`;

/** Modules that stand in for others. Splats are in no tile of ours, nor of any building or city. */
const standIns: Record<string, string> = {
  "\0no-splats": "export const loadSpz = () => Promise.reject(new Error('Gaussian splats are not drawn'));",
  "\0no-visualizer": noVisualizer,
  "\0graphemes": graphemes,
};

/** What the engine asks for -> what it gets, if anything else. Of meshoptimizer only the decoder is called. */
function leaner(source: string, importer: string): string | null {
  if (source === "@spz-loader/core") return "\0no-splats";
  if (source === "grapheme-splitter") return "\0graphemes";
  if (source === "meshoptimizer") return "meshoptimizer/decoder";
  return importer.endsWith("/DataSourceDisplay.js") && source.endsWith("Visualizer.js") ? "\0no-visualizer" : null;
}

/** Leaves out of the engine what this app cannot come to: a quarter of the script. */
export function withoutTheUnused(): Plugin {
  return {
    name: "cesium-without-the-unused",
    apply: "build",
    enforce: "pre",
    resolveId(source, importer = "") {
      const other = importer.includes("@cesium/engine") ? leaner(source, importer) : null;
      return other === null || other in standIns ? other : this.resolve(other, importer, { skipSelf: true });
    },
    load: (id) => standIns[id] ?? null,
  };
}

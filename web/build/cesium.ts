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

/** Package that the engine names -> what stands in for it: this app draws no Gaussian splats, and of meshoptimizer only the decoder is called. */
const leaner: Record<string, string> = {
  "@spz-loader/core": "\0no-splats",
  meshoptimizer: "meshoptimizer/decoder",
};

/** Leaves out of the engine what no tile of ours, or of any building or city, can ask for: an eighth of the script. */
export function withoutUnusedDecoders(): Plugin {
  return {
    name: "cesium-without-unused-decoders",
    apply: "build",
    enforce: "pre",
    resolveId(source, importer) {
      const other = importer?.includes("@cesium/engine") ? leaner[source] : undefined;
      return other?.startsWith("\0") ? other : other && this.resolve(other, importer, { skipSelf: true });
    },
    load: (id) => (id === "\0no-splats" ? "export const loadSpz = () => Promise.reject(new Error('Gaussian splats are not drawn'));" : null),
  };
}

// What the build has to do for CesiumJS: serve its workers and assets from our own host, and leave its debug checks out.
import { cp, mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, extname, join, resolve, sep } from "node:path";
import type { Plugin } from "vite";

const engine = dirname(createRequire(import.meta.url).resolve("@cesium/engine/package.json"));

/** Folder in the engine package -> folder below `/cesium`. Only what this app can ask for; no world imagery, stars or moon. */
const assets: readonly (readonly [from: string, to: string])[] = [
  ["Build/Workers", "Workers"],
  ["Source/Assets/approximateTerrainHeights.json", "Assets/approximateTerrainHeights.json"],
  ["Source/Assets/IAU2006_XYS", "Assets/IAU2006_XYS"],
  ["Source/ThirdParty/draco_decoder.wasm", "ThirdParty/draco_decoder.wasm"],
  ["Source/ThirdParty/basis_transcoder.wasm", "ThirdParty/basis_transcoder.wasm"],
  ["Source/ThirdParty/Workers/basis_transcoder.js", "ThirdParty/Workers/basis_transcoder.js"],
];

const mime: Record<string, string> = { ".js": "text/javascript", ".json": "application/json", ".wasm": "application/wasm" };

/** Copies the engine's assets to `<outDir>/cesium`; the development server reads them where they are. */
export function cesiumAssets(): Plugin {
  let outDir = "dist";
  return {
    name: "cesium-assets",
    configResolved(config) {
      outDir = resolve(config.root, config.build.outDir);
    },
    configureServer(server) {
      server.middlewares.use("/cesium", (request, response, next) => {
        const path = (request.url ?? "/").split("?")[0]!.slice(1);
        const entry = assets.find(([, to]) => path === to || path.startsWith(`${to}/`));
        if (!entry) return next();
        const file = join(engine, entry[0], path.slice(entry[1].length));
        if (!file.startsWith(engine + sep)) return next();
        readFile(file).then(
          (bytes) => response.setHeader("content-type", mime[extname(file)] ?? "application/octet-stream").end(bytes),
          () => next(),
        );
      });
    },
    async writeBundle() {
      for (const [from, to] of assets) {
        const target = join(outDir, "cesium", to);
        await mkdir(dirname(target), { recursive: true });
        await cp(join(engine, from), target, { recursive: true });
      }
    },
  };
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

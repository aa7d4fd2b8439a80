// Files of packages that the page loads by their own names: copied to a folder of the build, read in place while developing.
import { cp, mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, extname, join, resolve, sep } from "node:path";
import type { Plugin } from "vite";

export type Assets = readonly (readonly [from: string, to: string])[];

const mime: Record<string, string> = {
  ".css": "text/css",
  ".js": "text/javascript",
  ".json": "application/json",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

/** The folder of an installed package. */
export function packageFolder(name: string): string {
  return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
}

/** Copies files and folders of a package to `<outDir>/<folder>`. */
export function packageAssets(root: string, folder: string, assets: Assets): Plugin {
  let outDir = "dist";
  return {
    name: `${folder}-assets`,
    configResolved(config) {
      outDir = resolve(config.root, config.build.outDir);
    },
    configureServer(server) {
      server.middlewares.use(`/${folder}`, (request, response, next) => {
        const path = (request.url ?? "/").split("?")[0]!.slice(1);
        const entry = assets.find(([, to]) => path === to || path.startsWith(`${to}/`));
        if (!entry) return next();
        const file = join(root, entry[0], path.slice(entry[1].length));
        if (!file.startsWith(root + sep)) return next();
        readFile(file).then(
          (bytes) => response.setHeader("content-type", mime[extname(file)] ?? "application/octet-stream").end(bytes),
          () => next(),
        );
      });
    },
    async writeBundle() {
      for (const [from, to] of assets) {
        const target = join(outDir, folder, to);
        await mkdir(dirname(target), { recursive: true });
        await cp(join(root, from), target, { recursive: true });
      }
    },
  };
}

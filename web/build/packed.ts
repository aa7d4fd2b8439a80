// Files of the build that a browser loads, packed once beside themselves, so that a server need not pack them for each visitor.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const kinds = new Set([".js", ".mjs", ".css", ".json", ".svg", ".wasm"]);
const least = 1024;
/** Steps above this one save less than a hundredth and take several times as long. */
const brotliQuality = 9;

/** Writes `<file>.gz` and `<file>.br` beside files that get smaller by it; the last of all plugins. */
export function packedBeside(): Plugin {
  let outDir = "dist";
  return {
    name: "packed-beside",
    apply: "build",
    configResolved(config) {
      outDir = resolve(config.root, config.build.outDir);
    },
    closeBundle: {
      order: "post",
      sequential: true,
      async handler() {
        for (const entry of await readdir(outDir, { recursive: true, withFileTypes: true }))
          if (entry.isFile() && kinds.has(extname(entry.name))) await pack(join(entry.parentPath, entry.name));
      },
    },
  };
}

async function pack(path: string): Promise<void> {
  const bytes = await readFile(path);
  if (bytes.length < least) return;
  const packed = {
    gz: gzipSync(bytes, { level: 9 }),
    br: brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: brotliQuality, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }),
  };
  for (const [suffix, small] of Object.entries(packed)) if (small.length < 0.9 * bytes.length) await writeFile(`${path}.${suffix}`, small);
}

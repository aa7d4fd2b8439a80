import { defineConfig } from "vite";
import { cesiumAssets, sameHostOnly, withoutDebugChecks, withoutTheUnused } from "./build/cesium.ts";
import { mapLibreAssets } from "./build/maplibre.ts";
import { packedBeside } from "./build/packed.ts";

const server = process.env.CSDI_BASE_URL ?? "http://127.0.0.1:8000";

/** Some packages mark themselves for React servers; there is none here, so their marks need no warning. */
function onLog(level: string, log: { code?: string }, forward: (level: never, log: never) => void): void {
  if (log.code !== "MODULE_LEVEL_DIRECTIVE") forward(level as never, log as never);
}

/** What the HTML pages of the OGC API load, under names that do not change: `/pages/map.js`. */
const scripts = ["map", "copy", "cql2"];

export default defineConfig({
  plugins: [cesiumAssets(), mapLibreAssets(), withoutDebugChecks(), withoutTheUnused(), sameHostOnly(), packedBeside()],
  build: {
    outDir: "dist",
    target: "es2022",
    chunkSizeWarningLimit: 6000,
    reportCompressedSize: true,
    rolldownOptions: {
      onLog,
      input: { index: "index.html", ...Object.fromEntries(scripts.map((name) => [`pages/${name}`, `src/pages/${name}.ts`])) },
      output: { entryFileNames: ({ name }) => (name.startsWith("pages/") ? "[name].js" : "assets/[name]-[hash].js") },
    },
  },
  server: {
    host: "127.0.0.1",
    proxy: Object.fromEntries(["/api", "/ogc", "/tiles3d", "/terrain", "/healthz", "/readyz"].map((path) => [path, server])),
  },
});

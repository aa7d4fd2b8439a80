// Bundles the plain pages of this folder with the packages that the web UI is built from.
//
//     node bundle.mjs FOLDER
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const web = resolve(here, "..", "..", "..", "web");
const found = createRequire(join(web, "package.json")).resolve("rolldown");
const { build } = await import(pathToFileURL(found));

await build({
  input: Object.fromEntries(["cesium", "three", "czml"].map((name) => [name, join(here, `${name}.js`)])),
  resolve: { modules: [join(web, "node_modules")] },
  platform: "browser",
  logLevel: "silent",
  output: { dir: process.argv[2], format: "esm" },
});

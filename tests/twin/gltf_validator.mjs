// Says what the Khronos glTF validator finds in GLB files: one line of JSON for each, in their order.
//
//     node gltf_validator.mjs FILE.glb... < /dev/null      or the names, one a line, on standard input
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const web = resolve(dirname(fileURLToPath(import.meta.url)), "..", "..", "web");
const validator = createRequire(join(web, "package.json"))("gltf-validator");

const named = process.argv.slice(2);
const files = named.length ? named : readFileSync(0, "utf8").split("\n").filter(Boolean);
for (const file of files) {
  const { issues } = await validator.validateBytes(new Uint8Array(readFileSync(file)), { uri: file, maxIssues: 100, format: "glb" });
  const messages = issues.messages.map(({ code, message, pointer, severity }) => ({ code, message, pointer, severity }));
  console.log(JSON.stringify({ file, errors: issues.numErrors, warnings: issues.numWarnings, messages }));
}

// ifc-lite: all meshes of a file, twice in one process; prints both as one line of JSON.
// The first time includes what a fresh process has to do: the WebAssembly module is loaded and compiled.
import { readFileSync } from 'node:fs';
import { measured } from './measured.mjs';

const path = process.argv[2];
const fetched = globalThis.fetch;
let processor;

// The package fetches its module by URL, which Node does not do for files.
globalThis.fetch = async (what, options) => {
  const url = String(what?.url ?? what);
  if (!url.startsWith('file:')) return fetched(what, options);
  return new Response(readFileSync(new URL(url)), { headers: { 'Content-Type': 'application/wasm' } });
};

async function geometry() {
  const result = await processor.process(new Uint8Array(readFileSync(path)));
  const elements = new Set(result.meshes.map((mesh) => mesh.expressId));
  return { shapes: elements.size, items: result.meshes.length, triangles: result.totalTriangles };
}

const cold = await measured(async () => {
  const { GeometryProcessor } = await import('@ifc-lite/geometry');
  processor = new GeometryProcessor();
  await processor.init();
  return geometry();
});
const warm = await measured(geometry);
console.log(JSON.stringify({ ...cold, warm_cpu_s: warm.cpu_s, warm_wall_s: warm.wall_s }));
process.exit(0);

// web-ifc: opens a file and reads the triangles of all elements, twice in one process; prints both as one line of JSON.
// The first time includes what a fresh process has to do: the WebAssembly module is loaded and compiled.
import { readFileSync } from 'node:fs';
import { IfcAPI, LogLevel } from 'web-ifc';
import { measured } from './measured.mjs';

const path = process.argv[2];
const api = new IfcAPI();

function geometry() {
  const model = api.OpenModel(new Uint8Array(readFileSync(path)));
  const known = new Map();
  const elements = new Set();
  let placements = 0, placed = 0;
  api.StreamAllMeshes(model, (mesh) => {
    elements.add(mesh.expressID);
    for (let at = 0; at < mesh.geometries.size(); at++) {
      const id = mesh.geometries.get(at).geometryExpressID;
      if (!known.has(id)) {
        const one = api.GetGeometry(model, id);
        api.GetVertexArray(one.GetVertexData(), one.GetVertexDataSize());
        known.set(id, api.GetIndexArray(one.GetIndexData(), one.GetIndexDataSize()).length / 3);
        one.delete();
      }
      placements += 1;
      placed += known.get(id);
    }
  });
  api.CloseModel(model);
  return { shapes: elements.size, items: known.size, placements, triangles: placed };
}

const cold = await measured(async () => {
  await api.Init(undefined, true);
  api.SetLogLevel(LogLevel.LOG_LEVEL_OFF);
  return geometry();
});
const warm = await measured(async () => geometry());
console.log(JSON.stringify({ ...cold, warm_cpu_s: warm.cpu_s, warm_wall_s: warm.wall_s }));
process.exit(0);

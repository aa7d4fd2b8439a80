// A page that knows three.js and 3d-tiles-renderer and nothing of ours: it draws the tileset that it is given.
import { TilesRenderer } from "3d-tiles-renderer";
import { ImplicitTilingPlugin } from "3d-tiles-renderer/core/plugins";
import { GLTFExtensionsPlugin } from "3d-tiles-renderer/three/plugins";
import { AmbientLight, DirectionalLight, PerspectiveCamera, Raycaster, Scene, Triangle, Vector2, Vector3, WebGLRenderer } from "three";
import { DRACOLoader } from "three/addons/loaders/DRACOLoader.js";

const PATIENCE_MS = 170_000;
const [width, height] = [800, 600];
const renderer = new WebGLRenderer({ preserveDrawingBuffer: true });
renderer.setSize(width, height);
renderer.setClearColor(0x203040);
document.getElementById("scene").append(renderer.domElement);
const scene = new Scene();
const sun = new DirectionalLight(0xffffff, 2);
scene.add(new AmbientLight(0xffffff, 1), sun, sun.target);
const camera = new PerspectiveCamera(60, width / height, 1, 20_000);
let tiles;

/** Position (EPSG:4978) of longitude, latitude, ellipsoidal height. */
function onGlobe([longitude, latitude, height]) {
  const [a, e2] = [6378137, 0.0066943799901413165];
  const [lon, lat] = [longitude, latitude].map((degrees) => (degrees * Math.PI) / 180);
  const n = a / Math.sqrt(1 - e2 * Math.sin(lat) ** 2);
  return new Vector3((n + height) * Math.cos(lat) * Math.cos(lon), (n + height) * Math.cos(lat) * Math.sin(lon), (n * (1 - e2) + height) * Math.sin(lat));
}

function frame() {
  camera.updateMatrixWorld();
  tiles.update();
  renderer.render(scene, camera);
  return new Promise((done) => requestAnimationFrame(done));
}

window.plain = {
  async load(url) {
    if (tiles) scene.remove(tiles.group), tiles.dispose();
    window.plain.failures = [];
    tiles = new TilesRenderer(url);
    tiles.registerPlugin(new ImplicitTilingPlugin());
    tiles.registerPlugin(new GLTFExtensionsPlugin({ dracoLoader: new DRACOLoader().setDecoderPath("/draco/") }));
    tiles.setCamera(camera);
    tiles.setResolution(camera, width, height);
    tiles.addEventListener("load-error", ({ url: failed, error }) => window.plain.failures.push(`${failed}: ${error}`));
    scene.add(tiles.group);
  },
  async look(from, to) {
    const [eye, target] = [from, to].map(onGlobe);
    camera.up.copy(eye).normalize();
    camera.position.copy(eye);
    camera.lookAt(target);
    sun.position.copy(eye);
    sun.target.position.copy(target);
    sun.target.updateMatrixWorld();
    const end = performance.now() + PATIENCE_MS;
    for (let quiet = 0; quiet < 20; ) {
      await frame();
      if (performance.now() > end) throw new Error("tiles are still loading");
      const { downloading, parsing, queued } = tiles.stats;
      quiet = downloading || parsing || queued || !tiles.root ? 0 : quiet + 1;
    }
  },
  pick() {
    const ray = new Raycaster();
    ray.setFromCamera(new Vector2(0, 0), camera);
    const [hit] = ray.intersectObject(tiles.group, true);
    if (!hit) return null;
    const { meshFeatures, structuralMetadata } = hit.object.userData;
    if (!meshFeatures) return { id: null, at: hit.point.toArray() };
    const { position } = hit.object.geometry.attributes;
    const corners = [hit.face.a, hit.face.b, hit.face.c].map((index) => new Vector3().fromBufferAttribute(position, index));
    const share = Triangle.getBarycoord(hit.object.worldToLocal(hit.point.clone()), ...corners, new Vector3());
    const [feature] = meshFeatures.getFeatures(hit.faceIndex, share);
    const [row] = structuralMetadata.getPropertyTableData([meshFeatures.getFeatureInfo()[0].propertyTable], [feature]);
    return { id: row.id, at: hit.point.toArray() };
  },
};

// A page that knows CesiumJS and nothing of ours: it draws the tileset that it is given.
import { Cartesian3, Cesium3DTileset, CesiumWidget, Color, DirectionalLight } from "@cesium/engine";

const PATIENCE_MS = 170_000;
const widget = new CesiumWidget("scene", { baseLayer: false, globe: false, skyBox: false, skyAtmosphere: false });
const { scene, camera } = widget;
scene.backgroundColor = Color.fromCssColorString("#203040");
let tileset;

const eachFrame = () => new Promise((done) => requestAnimationFrame(done));

window.plain = {
  async load(url) {
    if (tileset) scene.primitives.remove(tileset);
    tileset = scene.primitives.add(await Cesium3DTileset.fromUrl(url));
    window.plain.failures = [];
    tileset.tileFailed.addEventListener(({ url: failed, message }) => window.plain.failures.push(`${failed}: ${message}`));
  },
  async look(from, to) {
    const [eye, target] = [from, to].map((place) => Cartesian3.fromDegrees(...place));
    const direction = Cartesian3.normalize(Cartesian3.subtract(target, eye, new Cartesian3()), new Cartesian3());
    const up = Cartesian3.normalize(eye, new Cartesian3());
    const right = Cartesian3.normalize(Cartesian3.cross(direction, up, new Cartesian3()), new Cartesian3());
    scene.light = new DirectionalLight({ direction });
    camera.setView({ destination: eye, orientation: { direction, up: Cartesian3.cross(right, direction, new Cartesian3()) } });
    const end = performance.now() + PATIENCE_MS;
    for (let frame = 0; frame < 3 || !tileset.tilesLoaded; frame++) {
      await eachFrame();
      if (performance.now() > end) throw new Error("tiles are still loading");
    }
    await eachFrame();
  },
  pick() {
    const middle = { x: scene.canvas.clientWidth / 2, y: scene.canvas.clientHeight / 2 };
    const feature = scene.pick(middle);
    const at = scene.pickPosition(middle);
    return feature?.getProperty ? { id: feature.getProperty("id"), at: [at.x, at.y, at.z] } : null;
  },
};

// A page that knows CesiumJS and nothing of ours: it plays the CZML that it is given.
import { Cartesian2, Cartesian3, CesiumWidget, ClockRange, Color, CzmlDataSource, JulianDate } from "@cesium/engine";

const widget = new CesiumWidget("scene", { baseLayer: false, globe: false, skyBox: false, skyAtmosphere: false, shouldAnimate: false });
const { scene, camera, clock } = widget;
scene.backgroundColor = Color.fromCssColorString("#203040");
let source;

const eachFrame = () => new Promise((done) => requestAnimationFrame(done));
const of = (id) => source.entities.getById(id);
const coordinates = ({ x, y, z }) => [x, y, z];

window.plain = {
  /** Ids of what moves, and the interval of the clock that the document asks for. */
  async load(url) {
    widget.dataSources.removeAll(true);
    source = await widget.dataSources.add(CzmlDataSource.load(url));
    widget.clockTrackedDataSource = source;
    clock.clockRange = ClockRange.UNBOUNDED;
    return { ids: source.entities.values.map(({ id }) => id), from: JulianDate.toIso8601(source.clock.startTime, 3), to: JulianDate.toIso8601(source.clock.stopTime, 3) };
  },
  /** Where something is at a moment, metres from the Earth's centre; null where it is not there. */
  at(id, moment) {
    const time = JulianDate.fromIso8601(moment);
    const found = of(id).isAvailable(time) ? of(id).position.getValue(time) : undefined;
    return found ? coordinates(found) : null;
  },
  /** What is drawn in the middle of the view straight down at a place (longitude, latitude, metres above the ellipsoid) at a moment. */
  async seen(place, moment) {
    clock.currentTime = JulianDate.fromIso8601(moment);
    const [lon, lat, height] = place;
    camera.setView({ destination: Cartesian3.fromDegrees(lon, lat, height + 120) });
    for (let frame = 0; frame < 6; frame++) await eachFrame();
    const picked = scene.pick(new Cartesian2(scene.canvas.clientWidth / 2, scene.canvas.clientHeight / 2), 5, 5);
    return picked?.id?.id ?? null;
  },
};

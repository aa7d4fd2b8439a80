// How the scene looks: one fixed daylight, a soft ambient light, haze in the distance, nothing fetched from anywhere.
import {
  Cartesian2,
  Cartesian3,
  CesiumWidget,
  Color,
  Credit,
  CreditDisplay,
  DirectionalLight,
  EllipsoidTerrainProvider,
  ImageBasedLighting,
  Ion,
  Matrix4,
  ScreenSpaceEventType,
  SkyAtmosphere,
  Transforms,
} from "./engine.ts";

/** Of a frame that is computed without a graphics card, what each kind of work on new tiles may take. */
const patientMs = 250;

/** Where the sun stands: in the south-east, high, so that north walls are in shade as people here expect. */
const sun = { azimuthDeg: 140, altitudeDeg: 52 };

/** The colour of what has no picture: deep water around a picture of the ground, else pale or dark paper. */
const bare = { photo: Color.fromCssColorString("#2d5063"), light: Color.fromCssColorString("#c9d6da"), dark: Color.fromCssColorString("#22323a") };

/** An empty globe in `container`, lit for a site at `centre`. */
export function createWidget(container: HTMLElement, centre: readonly [number, number, number], credits: HTMLElement): CesiumWidget {
  Ion.defaultAccessToken = "";
  CreditDisplay.cesiumCredit = new Credit("CesiumJS", true);
  const widget = new CesiumWidget(container, {
    baseLayer: false,
    terrainProvider: new EllipsoidTerrainProvider(),
    skyBox: false,
    skyAtmosphere: new SkyAtmosphere(),
    scene3DOnly: true,
    requestRenderMode: true,
    maximumRenderTimeChange: Number.POSITIVE_INFINITY,
    showRenderLoopErrors: false,
    creditContainer: credits,
    creditViewport: credits,
    contextOptions: { webgl: { powerPreference: "high-performance" } },
  });
  const { scene } = widget;
  scene.light = new DirectionalLight({ direction: sunlight(centre), intensity: 1.6 });
  scene.globe.depthTestAgainstTerrain = true;
  scene.globe.showGroundAtmosphere = true;
  scene.globe.enableLighting = false;
  scene.globe.maximumScreenSpaceError = 1.6;
  scene.fog.enabled = true;
  scene.fog.density = 0.00012;
  scene.highDynamicRange = false;
  scene.pickTranslucentDepth = false;
  scene.screenSpaceCameraController.minimumZoomDistance = 1;
  scene.screenSpaceCameraController.inertiaSpin = 0.6;
  scene.screenSpaceCameraController.inertiaTranslate = 0.6;
  if (isSoftware(scene.canvas)) economise(widget);
  widget.screenSpaceEventHandler.removeInputAction(ScreenSpaceEventType.LEFT_DOUBLE_CLICK);
  return widget;
}

/** Whether pictures are computed without a graphics card: in virtual machines, over remote desktops, in tests. */
export function isSoftware(canvas: HTMLCanvasElement): boolean {
  const gl = canvas.getContext("webgl2");
  const info = gl?.getExtension("WEBGL_debug_renderer_info");
  return /swiftshader|llvmpipe|software|basic render/i.test(String((info && gl?.getParameter(info.UNMASKED_RENDERER_WEBGL)) ?? ""));
}

/** Leaves out what costs a processor much and a picture little. */
function economise({ scene }: CesiumWidget): void {
  // The engine takes 5 ms of each frame for ground tiles and 50 ms for all else that comes: where frames are slow, that is next to nothing.
  const { _surface: surface } = scene.globe as unknown as { _surface?: { _loadQueueTimeSlice: number } };
  if (surface) surface._loadQueueTimeSlice = 80;
  const { _jobScheduler: jobs } = scene as unknown as { _jobScheduler?: { _totalBudget: number; _budgets: { _total: number }[] } };
  if (jobs) for (const one of jobs._budgets) one._total = patientMs;
  if (jobs) jobs._totalBudget = patientMs * jobs._budgets.length;
  scene.msaaSamples = 1;
  scene.postProcessStages.fxaa.enabled = true;
  scene.globe.maximumScreenSpaceError = 2.5;
}

/** Takes the colours of the page's theme. */
export function setSky(widget: CesiumWidget, dark: boolean, photo: boolean): void {
  const { scene } = widget;
  scene.globe.baseColor = photo ? bare.photo : dark ? bare.dark : bare.light;
  scene.backgroundColor = dark ? Color.fromCssColorString("#0c1216") : Color.fromCssColorString("#dfe8ec");
  if (scene.skyAtmosphere) scene.skyAtmosphere.brightnessShift = dark ? -0.35 : 0.05;
  scene.requestRender();
}

/** The light that comes from everywhere: without it, walls away from the sun are black. */
export function ambientLight(): ImageBasedLighting {
  const none = Cartesian3.ZERO;
  const level = new Cartesian3(0.62, 0.65, 0.7);
  const fromAbove = new Cartesian3(0.1, 0.1, 0.1);
  const light = new ImageBasedLighting();
  light.imageBasedLightingFactor = new Cartesian2(1, 0);
  light.sphericalHarmonicCoefficients = [level, none, fromAbove, none, none, none, none, none, none];
  return light;
}

/** Direction in which the sun's light travels at `centre`, Earth-centred. */
function sunlight(centre: readonly [number, number, number]): Cartesian3 {
  const azimuth = (sun.azimuthDeg * Math.PI) / 180;
  const altitude = (sun.altitudeDeg * Math.PI) / 180;
  const towards = new Cartesian3(
    Math.sin(azimuth) * Math.cos(altitude),
    Math.cos(azimuth) * Math.cos(altitude),
    Math.sin(altitude),
  );
  const frame = Transforms.eastNorthUpToFixedFrame(Cartesian3.fromDegrees(...centre));
  const world = Matrix4.multiplyByPointAsVector(frame, towards, new Cartesian3());
  return Cartesian3.normalize(Cartesian3.negate(world, world), world);
}

// The one place that says where CesiumJS finds its workers, and that it may use nothing but our host.
import { DracoLoader } from "@cesium/engine";

declare global {
  var CESIUM_BASE_URL: string;
}

declare module "@cesium/engine" {
  /** What unpacks meshes in a worker; the engine's own types leave it out. */
  export const DracoLoader: { _maxDecodingConcurrency: number };
}

/** Meshes that wait for the worker at once. The engine hands over as many as there are processors in each frame, which is few where frames are slow. */
const unpackedAtOnce = 48;

globalThis.CESIUM_BASE_URL = "/cesium/";
DracoLoader._maxDecodingConcurrency = unpackedAtOnce;

export * from "@cesium/engine";

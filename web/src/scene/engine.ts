// The one place that says where CesiumJS finds its workers, and that it may use nothing but our host.
declare global {
  var CESIUM_BASE_URL: string;
}

globalThis.CESIUM_BASE_URL = "/cesium/";

export * from "@cesium/engine";

// A section through a face that was pointed at.
import { frameAt, type Cut } from "../../scene/tools/cut.ts";
import type { Probe } from "../../scene/tools/probe.ts";
import { go, useStore } from "../../state.ts";
import { useTools } from "./state.ts";

/** Cuts along a face; its frame stands at the point. */
export function cutThrough(probe: Probe): void {
  if (!probe.normal) return;
  const { x, y, z } = probe.normal;
  const [east, north, up] = local(probe, [x, y, z]);
  const cut: Cut = { ...frameAt(probe.lon, probe.lat, probe.height), ground: useStore.getState().view.cut?.ground ?? false };
  const azimuth = ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360;
  const tilt = (Math.asin(Math.max(-1, Math.min(1, up))) * 180) / Math.PI;
  useTools.setState({ facing: false });
  go({ cut: { ...cut, face: { azimuth, tilt, offset: -0.01 } } });
}

/** An Earth-centred direction as east, north and up at a place. */
function local({ lon, lat }: Probe, [x, y, z]: readonly [number, number, number]): [number, number, number] {
  const [l, p] = [(lon * Math.PI) / 180, (lat * Math.PI) / 180];
  const out = Math.cos(l) * x + Math.sin(l) * y;
  return [-Math.sin(l) * x + Math.cos(l) * y, -Math.sin(p) * out + Math.cos(p) * z, Math.cos(p) * out + Math.sin(p) * z];
}

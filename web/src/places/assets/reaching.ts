// Going to an asset in the scene: what holds it is shown, the eye flies there, and walls make way.
import type { QueryClient } from "@tanstack/react-query";
import { assetFeatureQuery } from "../../api/assets.ts";
import { itemQuery } from "../../api/queries.ts";
import { Problem } from "../../api/problem.ts";
import type { TwinScene } from "../../scene/scene.ts";
import { select, tell, useStore } from "../../state.ts";
import { flyToFeature, reach } from "../fly.ts";

interface Target {
  readonly id: string;
  readonly element: string | null;
}

/** Selects an asset in the scene and flies there. */
export async function goToAsset(scene: TwinScene | null, queries: QueryClient, { id, element }: Target): Promise<void> {
  select(element ? { collection: "elements", id: element } : { collection: "asset-register", id });
  if (!scene) return;
  try {
    const feature = await queries.fetchQuery(assetFeatureQuery(id));
    await (element ? reach(scene, element, feature) : flyToFeature(scene, feature));
  } catch (thrown) {
    tell(Problem.of(thrown));
  }
}

/** Selects an element in the scene and flies there. */
export async function goToElement(scene: TwinScene | null, queries: QueryClient, element: string): Promise<void> {
  select({ collection: "elements", id: element });
  if (!scene) return;
  try {
    await reach(scene, element, await queries.fetchQuery(itemQuery("elements", element)));
  } catch (thrown) {
    tell(Problem.of(thrown));
  }
}

/** Whether walls are looked through while something hidden is shown. */
export function lookThrough(on: boolean): void {
  const { seeThrough } = useStore.getState();
  if (on && seeThrough === "off") useStore.setState({ seeThrough: "needed" });
  if (!on && seeThrough === "needed") useStore.setState({ seeThrough: "off" });
}

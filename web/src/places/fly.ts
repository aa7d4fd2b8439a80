// Flying to Features: their box on the ground, and their levels where they are known.
import { boxOfFeature } from "../api/geometry.ts";
import { numberAt } from "../panels/element.ts";
import type { Feature } from "../api/types.ts";
import type { TwinScene } from "../scene/scene.ts";
import { useStore } from "../state.ts";

/** Flies to a Feature; does nothing for one without a place. */
export async function flyToFeature(scene: TwinScene, feature: Feature): Promise<void> {
  const bbox = boxOfFeature(feature);
  if (!bbox) return;
  const base = numberAt(feature.properties, "base_level");
  const top = numberAt(feature.properties, "top_level");
  await scene.flyTo(bbox, base !== null && top !== null ? [base, top] : null);
}

/** Flies to where an element is, and makes walls faint if it stands behind them. */
export async function reach(scene: TwinScene, element: string, feature: Feature): Promise<void> {
  await flyToFeature(scene, feature);
  await scene.settled();
  const { view, seeThrough } = useStore.getState();
  if (seeThrough === "off" && view.selection?.id === element && !scene.isInTheMiddle(element)) useStore.setState({ seeThrough: "needed" });
}

// Flying to Features: their box on the ground, and their levels where they are known.
import { boxOfFeature } from "../api/geometry.ts";
import { numberAt } from "../panels/element.ts";
import type { Feature } from "../api/types.ts";
import type { TwinScene } from "../scene/scene.ts";

/** Flies to a Feature; does nothing for one without a place. */
export async function flyToFeature(scene: TwinScene, feature: Feature): Promise<void> {
  const bbox = boxOfFeature(feature);
  if (!bbox) return;
  const base = numberAt(feature.properties, "base_level");
  const top = numberAt(feature.properties, "top_level");
  await scene.flyTo(bbox, base !== null && top !== null ? [base, top] : null);
}

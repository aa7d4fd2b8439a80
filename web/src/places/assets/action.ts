// Something that changes the register; afterwards all about assets is read again.
import { useAction, type Action } from "../../ui/use-action.ts";

/** Kinds of queries that a change of the register makes old. */
export const touched = ["asset", "asset-history", "asset-facets", "asset-marks", "asset-feature", "asset-proposals", "asset-places", "item"];

export function useAssetAction(): Action {
  return useAction(touched);
}

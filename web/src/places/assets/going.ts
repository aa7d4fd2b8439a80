// Steps through the place Assets.
import { amend, go, useStore } from "../../state.ts";
import type { AssetsView } from "./address.ts";

/** Changes what of the assets is looked at, as a step in the browser's history. */
export function goAssets(change: Partial<AssetsView>): void {
  const { view } = useStore.getState();
  go({ place: "assets", assets: { ...view.assets, ...change } });
}

/** Changes it in place: typing is no step to go back over. */
export function amendAssets(change: Partial<AssetsView>): void {
  const { view } = useStore.getState();
  amend({ assets: { ...view.assets, ...change } });
}

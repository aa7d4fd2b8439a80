// What pages of work, floors and figures keep in the address, and steps to other pages.
import { useCallback } from "react";
import { amend, go, useStore } from "../../../state.ts";
import { emptyAssets, type AssetsView } from "../address.ts";
import { changed, keptOf, type Kept } from "./kept.ts";

export interface KeptWords {
  readonly kept: Kept;
  /** Makes a step in the browser's history. */
  set(changes: Kept): void;
  /** Changes in place, such as while somebody types. */
  amend(changes: Kept): void;
}

export function useKept(): KeptWords {
  const work = useStore(({ view }) => view.assets.work);
  return {
    kept: keptOf(work),
    set: useCallback((changes) => write(changes, go), []),
    amend: useCallback((changes) => write(changes, amend), []),
  };
}

function write(changes: Kept, how: typeof go): void {
  const { assets } = useStore.getState().view;
  how({ assets: { ...assets, work: changed(assets.work, changes) } });
}

/** Opens a page of the place, with nothing that another page kept. */
export function openAssets(change: Partial<AssetsView>): void {
  go({ place: "assets", assets: { ...emptyAssets, ...change } });
}

/** Opens an order. */
export function openOrder(number: string): void {
  openAssets({ tab: "work", work: [`order:${number}`] });
}

// What the comparison remembers during this visit; which versions are compared is in the view.
import { create } from "zustand";
import type { Appearance } from "../../scene/appearance.ts";
import type { Status } from "./compare.ts";

interface CompareState {
  /** How elements look while versions are compared, null while none are. */
  readonly appearance: Appearance | null;
  /** Statuses that alone are listed, empty for all. */
  readonly chosen: ReadonlySet<Status>;
  readonly changedOnly: boolean;
  /** Share of the picture that shows the version before. */
  readonly split: number;
}

export const useComparing = create<CompareState>(() => ({ appearance: null, chosen: new Set(), changedOnly: false, split: 0.5 }));

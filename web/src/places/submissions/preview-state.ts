// The submitted models that stand in the scene during this visit; how they are coloured is in the view.
import { create } from "zustand";
import type { Found } from "../../api/findings.ts";
import type { Preview } from "../../api/previews.ts";
import type { Appearance } from "../../scene/appearance.ts";

interface PreviewState {
  /** Those that are seen, each in place of the model of its name. */
  readonly seen: readonly Preview[];
  /** What was found on their submission. */
  readonly found: readonly Found[];
  /** How elements look, null while none are seen. */
  readonly appearance: Appearance | null;
  /** Rows of the legend that alone are coloured, empty for all. */
  readonly chosen: ReadonlySet<string>;
  /** Only what is coloured is shown. */
  readonly alone: boolean;
  /** Whether the twin's other models are shown; null for what suits the look. */
  readonly others: boolean | null;
}

export const nothingSeen: PreviewState = { seen: [], found: [], appearance: null, chosen: new Set(), alone: false, others: null };

export const usePreviews = create<PreviewState>(() => nothingSeen);

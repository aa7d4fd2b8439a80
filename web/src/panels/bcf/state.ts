// The archive that is being looked through, and what a viewpoint of it shows beyond what the address can say.
import { create } from "zustand";
import type { ArchiveIn } from "../../api/viewpoints.ts";
import type { Members } from "../../scene/members.ts";

interface BcfState {
  readonly name: string;
  readonly archive: ArchiveIn | null;
  /** Guid of the viewpoint that is shown, "" for none. */
  readonly shown: string;
  readonly only: Members | null;
  readonly hidden: Members | null;
  /** Planes of it that a section of ours cannot have. */
  readonly left: number;
}

export const useBcf = create<BcfState>(() => ({ name: "", archive: null, shown: "", only: null, hidden: null, left: 0 }));

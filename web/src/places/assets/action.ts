// Something that changes the register: one at a time, and what went wrong stays until the next try.
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Problem } from "../../api/problem.ts";

const touched = ["asset", "asset-history", "asset-facets", "asset-marks", "asset-feature", "asset-proposals", "asset-places", "item"] as const;

export interface Action {
  readonly busy: boolean;
  readonly problem: Problem | null;
  readonly forget: () => void;
  /** Does it, then reads all about assets again; gives whether it was done. */
  run(work: () => Promise<unknown>): Promise<boolean>;
}

export function useAssetAction(): Action {
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const run = async (work: () => Promise<unknown>): Promise<boolean> => {
    setBusy(true);
    setProblem(null);
    try {
      await work();
      await Promise.all(touched.map((name) => queries.invalidateQueries({ queryKey: [name] })));
      return true;
    } catch (thrown) {
      setProblem(Problem.of(thrown));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, run, forget: () => setProblem(null) };
}

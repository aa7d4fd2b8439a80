// Something that a person asks for: one at a time, and what went wrong stays until the next try.
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Problem } from "../../api/problem.ts";

export interface Action {
  readonly busy: boolean;
  readonly problem: Problem | null;
  /** Does it, then reads all about submissions again; gives whether it was done. */
  run(work: () => Promise<unknown>): Promise<boolean>;
}

export function useAction(): Action {
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const run = async (work: () => Promise<unknown>): Promise<boolean> => {
    setBusy(true);
    setProblem(null);
    try {
      await work();
      return true;
    } catch (thrown) {
      setProblem(Problem.of(thrown));
      return false;
    } finally {
      for (const name of ["submissions", "findings", "trail"]) void queries.invalidateQueries({ queryKey: [name] });
      await queries.invalidateQueries({ queryKey: ["submission"] });
      setBusy(false);
    }
  };
  return { busy, problem, run };
}

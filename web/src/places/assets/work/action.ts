// Something that a person asks for at work: one at a time, and what went wrong stays until the next try.
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Problem } from "../../../api/problem.ts";

export interface WorkAction {
  readonly busy: boolean;
  readonly problem: Problem | null;
  /** Does it, then reads all about work and assets again; gives whether it was done. */
  run(work: () => Promise<unknown>): Promise<boolean>;
}

export function useWorkAction(): WorkAction {
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
      await queries.invalidateQueries({ queryKey: ["work"] });
      setBusy(false);
    }
  };
  return { busy, problem, run };
}

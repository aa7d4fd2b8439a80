// Something that a person asks for: one at a time, and what went wrong stays until the next try.
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Problem } from "../api/problem.ts";

export interface Action {
  readonly busy: boolean;
  readonly problem: Problem | null;
  readonly forget: () => void;
  /** Does it, then reads again what it touches; gives whether it was done. */
  run(work: () => Promise<unknown>): Promise<boolean>;
}

/** `touched` are the first words of the keys of queries that are read again afterwards; `waited` says which of them is waited for. */
export function useAction(touched: readonly string[], waited: readonly string[] = touched): Action {
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
      const read = (name: string): Promise<void> => queries.invalidateQueries({ queryKey: [name] });
      for (const name of touched) if (!waited.includes(name)) void read(name);
      await Promise.all(waited.map(read));
      setBusy(false);
    }
  };
  return { busy, problem, run, forget: () => setProblem(null) };
}

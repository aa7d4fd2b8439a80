// A bulk edit on its way: looked at, made, taken back.
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import type { Asked } from "../../api/assets.ts";
import { applyBulk, lookAtBulk, lookAtTakingBack, settled, type BulkLook } from "../../api/bulk.ts";
import { Problem } from "../../api/problem.ts";
import { touched } from "./action.ts";

export interface Bulk {
  /** What was looked at or made, null before. */
  readonly look: BulkLook | null;
  /** What the server is at, null while it waits for a word. */
  readonly working: BulkLook["state"] | null;
  readonly problem: Problem | null;
  /** Whether the last edit was taken back. */
  readonly isBack: boolean;
  readonly seek: (asked: Pick<Asked, "filter" | "text">, set: object) => void;
  readonly apply: (leaveOut: boolean, why: string) => void;
  readonly takeBack: (why: string) => void;
  readonly forget: () => void;
}

export function useBulk(): Bulk {
  const queries = useQueryClient();
  const [look, setLook] = useState<BulkLook | null>(null);
  const [working, setWorking] = useState<BulkLook["state"] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isBack, setBack] = useState(false);
  const stop = useMemo(() => new AbortController(), []);
  useEffect(() => () => stop.abort(), [stop]);

  const run = async (first: BulkLook["state"], work: (follow: (look: Promise<BulkLook>) => Promise<BulkLook>) => Promise<BulkLook>): Promise<void> => {
    setWorking(first);
    setProblem(null);
    const follow = async (begun: Promise<BulkLook>): Promise<BulkLook> =>
      settled(await begun, (now) => {
        setWorking(now.state);
        setLook(now);
      }, stop.signal);
    try {
      const now = await work(follow);
      if (stop.signal.aborted) return;
      setLook(now);
      if (now.state === "done") for (const name of touched) void queries.invalidateQueries({ queryKey: [name] });
    } catch (thrown) {
      if (stop.signal.aborted) return;
      setLook(null);
      setProblem(Problem.of(thrown));
    } finally {
      if (!stop.signal.aborted) setWorking(null);
    }
  };
  return {
    look,
    working,
    problem,
    isBack,
    seek: (asked, set) => void run("looking", (follow) => follow(lookAtBulk(asked, set))),
    apply: (leaveOut, why) => void run("applying", (follow) => follow(applyBulk(look!.token, leaveOut, why))),
    takeBack: (why) =>
      void run("applying", async (follow) => {
        const seen = await follow(lookAtTakingBack(look!.result!.batch));
        const made = await follow(applyBulk(seen.token, true, why));
        setBack(true);
        return made;
      }),
    forget: () => {
      setLook(null);
      setProblem(null);
    },
  };
}

// A Problem as a person reads it: the server's own words, or ours for what it could not say.
import { useCallback } from "react";
import type { Problem } from "../api/problem.ts";
import { isKey, type Key } from "./translate.ts";
import { useText } from "./use-text.ts";

export interface ProblemText {
  readonly title: string;
  readonly text: string;
  readonly remedy: string;
  readonly footnote: string;
}

export function useProblemText(): (problem: Problem, count?: number) => ProblemText {
  const { t } = useText();
  return useCallback(
    (problem, count = 1) => {
      const name = problem.code.startsWith("tile-http") ? "problem.tile" : `problem.${problem.code}`;
      const known: Key = isKey(name) ? name : "problem.other";
      const ownRemedy = `${name}.remedy`;
      const title = problem.title && known === "problem.other" ? problem.title : t(known);
      return {
        title,
        text: problem.message === title ? "" : problem.message,
        remedy: problem.remedy || (isKey(ownRemedy) ? t(ownRemedy) : ""),
        footnote: [t("problem.code", { code: problem.code }), ...(count > 1 ? [t("problem.times", { n: count })] : [])].join(" · "),
      };
    },
    [t],
  );
}

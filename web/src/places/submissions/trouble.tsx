// What went wrong with something that a person asked for, where they asked for it.
import type { Problem } from "../../api/problem.ts";
import { useProblemText } from "../../i18n/problem-text.ts";

export function Trouble({ problem }: { problem: Problem | null }) {
  const told = useProblemText();
  if (!problem) return null;
  const { title, text, remedy, footnote } = told(problem);
  return (
    <p className="trouble" role="alert">
      {[title, text, remedy].filter(Boolean).join(" · ")} <small>{footnote}</small>
    </p>
  );
}

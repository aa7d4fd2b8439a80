// A place that could not be filled: what went wrong, the remedy, and another try.
import { Problem } from "../api/problem.ts";
import { useProblemText } from "../i18n/problem-text.ts";
import { useText } from "../i18n/use-text.ts";
import { Button } from "../ui/button.tsx";

export function Failure({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { t } = useText();
  const { title, text, remedy, footnote } = useProblemText()(Problem.of(error));
  return (
    <div className="failure" role="alert">
      <h2>{title}</h2>
      {text && <p>{text}</p>}
      {remedy && <p>{remedy}</p>}
      <small>{footnote}</small>
      <Button onClick={onRetry}>{t("action.retry")}</Button>
    </div>
  );
}

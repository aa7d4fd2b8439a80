// Goes to a row of a long list: by its number, or by how the value begins by which the list is in order.
import { useState, type FormEvent, type Ref } from "react";
import { Problem } from "../../api/problem.ts";
import { useText } from "../../i18n/use-text.ts";
import { Button } from "../../ui/button.tsx";

interface Props {
  /** Rows in sight, from 0, and how many there are. */
  readonly seen: readonly [number, number];
  readonly count: number;
  /** What the list is in order by, as people call it. */
  readonly by: string;
  /** Whether that is a number. */
  readonly isNumber: boolean;
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly field: Ref<HTMLInputElement>;
  readonly onRow: (row: number) => void;
  /** The row at which a value begins. */
  readonly onValue: (value: string) => Promise<void>;
}

export function Jump({ seen: [first, last], count, by, isNumber, text, onText, field, onRow, onValue }: Props) {
  const { t } = useText();
  const [problem, setProblem] = useState<Problem | null>(null);
  const go = (event: FormEvent): void => {
    event.preventDefault();
    setProblem(null);
    const said = text.trim();
    const number = (isNumber ? /^#(\d+)$/ : /^#?(\d+)$/).exec(said)?.[1];
    if (number) onRow(Math.min(count, Math.max(1, Number(number))) - 1);
    else if (said) onValue(said).catch((thrown: unknown) => setProblem(Problem.of(thrown)));
  };
  return (
    <form className="asset-jump" onSubmit={go}>
      <span role="status" aria-live="off" data-first={first + 1} data-last={last + 1}>
        {count > 0 ? t("assets.rows", { first: first + 1, last: last + 1, n: count }) : "…"}
      </span>
      <label>
        {t("assets.goTo")}
        <input
          ref={field}
          value={text}
          maxLength={200}
          placeholder={t(isNumber ? "assets.goTo.number" : "assets.goTo.text", { by })}
          aria-invalid={problem ? true : undefined}
          onChange={(event) => {
            onText(event.target.value);
            setProblem(null);
          }}
        />
      </label>
      <Button type="submit" disabled={!text.trim() || count === 0}>
        {t("assets.goTo.go")}
      </Button>
      {problem && (
        <small className="refusal" role="alert">
          {problem.message}
        </small>
      )}
    </form>
  );
}

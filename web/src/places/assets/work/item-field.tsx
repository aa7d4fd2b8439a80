// One thing to look at, as large as a thumb needs it.
import { useEffect, useId, useState } from "react";
import type { Answer, ChecklistItem } from "../../../api/work.ts";
import { useText } from "../../../i18n/use-text.ts";
import { PhotoButton } from "./photo-button.tsx";

interface Props {
  readonly item: ChecklistItem;
  readonly value: Answer | null;
  readonly disabled?: boolean;
  readonly onAnswer: (value: Answer | null) => void;
  readonly onPhoto: (file: File) => void;
}

export function ItemField({ item, value, disabled = false, onAnswer, onPhoto }: Props) {
  const { t, say } = useText();
  const id = useId();
  const limits = limitsOf(item);
  return (
    <div className="item" role="group" aria-labelledby={id}>
      <span id={id} className="item-title">
        {say(item.title)}
        {item.required && <small>{t("work.required")}</small>}
        {limits && <small>{limits}</small>}
      </span>
      {item.kind === "yes-no" && (
        <Choices
          choices={[
            [true, t("work.yes")],
            [false, t("work.no")],
          ]}
          {...{ value, disabled, onAnswer }}
        />
      )}
      {item.kind === "choice" && <Choices choices={Object.entries(item.choices ?? {}).map(([key, words]) => [key, say(words)])} {...{ value, disabled, onAnswer }} />}
      {(item.kind === "number" || item.kind === "text") && <Written {...{ item, value, disabled, onAnswer }} labelled={id} />}
      {item.kind === "photo" && (
        <>
          <PhotoButton label={t("work.photo.take")} disabled={disabled} onFile={onPhoto} />
          {value && <span className="taken">{t("work.photo.taken")}</span>}
        </>
      )}
    </div>
  );
}

interface ChoicesProps extends Pick<Props, "value" | "onAnswer"> {
  readonly choices: readonly (readonly [value: Answer, words: string])[];
  readonly disabled: boolean;
}

function Choices({ choices, value, disabled, onAnswer }: ChoicesProps) {
  return (
    <span className="big-choices">
      {choices.map(([one, words]) => (
        <button key={String(one)} type="button" className="big" aria-pressed={value === one} disabled={disabled} onClick={() => onAnswer(one)}>
          {words}
        </button>
      ))}
    </span>
  );
}

/** A number or some words: kept when the field is left. */
function Written({ item, value, disabled, onAnswer, labelled }: Omit<Props, "onPhoto" | "disabled"> & { disabled: boolean; labelled: string }) {
  const [text, setText] = useState(value === null ? "" : String(value));
  useEffect(() => setText(value === null ? "" : String(value)), [value]);
  const keep = (): void => {
    const said = text.trim();
    if (said === (value === null ? "" : String(value))) return;
    if (said === "") onAnswer(null);
    else if (item.kind === "text") onAnswer(said);
    else if (Number.isFinite(Number(said))) onAnswer(Number(said));
  };
  return (
    <span className="written">
      <input
        aria-labelledby={labelled}
        inputMode={item.kind === "number" ? "decimal" : "text"}
        type={item.kind === "number" ? "number" : "text"}
        step="any"
        value={text}
        disabled={disabled}
        onChange={(event) => setText(event.target.value)}
        onBlur={keep}
        onKeyDown={(event) => {
          if (event.key !== "Enter") return;
          event.preventDefault();
          keep();
        }}
      />
      {item.unit && <span>{unitNames[item.unit] ?? item.unit}</span>}
    </span>
  );
}

const unitNames: Readonly<Record<string, string>> = { Cel: "°C", deg: "°", "%": "%" };

function limitsOf({ low, high, unit = "" }: ChecklistItem): string {
  const name = unitNames[unit] ?? unit;
  if (low !== undefined && high !== undefined) return `${low} – ${high} ${name}`.trim();
  if (high !== undefined) return `≤ ${high} ${name}`.trim();
  return low !== undefined ? `≥ ${low} ${name}`.trim() : "";
}

// A field of an asset as a person fills it in: a choice, a day, a number or words.
import { useId } from "react";
import { conditions, statuses } from "../../api/assets.ts";
import type { Refusal } from "../../api/problem.ts";
import { useText } from "../../i18n/use-text.ts";
import { useAssetWords } from "./words.ts";

/** A unit of UCUM without the marks that are for programs. */
export function unitText(unit: string): string {
  return unit.replace(/[{}]/g, "");
}

const days: ReadonlySet<string> = new Set(["warranty_end", "installed_on", "commissioned_on", "removed_on"]);
const numbers: ReadonlySet<string> = new Set(["expected_life_years", "cost", "run_hours"]);

interface Props {
  readonly label: string;
  readonly name: string;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
  readonly unit?: string;
  readonly type?: string;
  readonly options?: readonly (string | number)[];
  readonly refusal?: Refusal | undefined;
  readonly required?: boolean;
}

export function ValueField({ label, name, value, onChange, unit, type, options, refusal, required }: Props) {
  const { t } = useText();
  const words = useAssetWords();
  const id = useId();
  const choices = options?.length ? options : name === "status" ? statuses : name === "condition" || name === "criticality" ? conditions : null;
  const isNumber = type === "number" || type === "integer" || numbers.has(name) || (choices !== null && typeof choices[0] === "number");
  const said = value === null || value === undefined ? "" : String(value);
  const give = (text: string): void => onChange(text === "" ? "" : isNumber && Number.isFinite(Number(text)) ? Number(text) : text);
  const common = { id, "aria-invalid": refusal ? true : undefined, "aria-describedby": refusal ? `${id}-wrong` : undefined };
  return (
    <div className="field">
      <label htmlFor={id}>
        {label}
        {unit && <small> ({unitText(unit)})</small>}
      </label>
      {choices ? (
        <select {...common} value={said} onChange={(event) => give(event.target.value)}>
          {name !== "status" && <option value="">{t("assets.noValue")}</option>}
          {choices.map((one) => (
            <option key={one} value={one}>
              {words.value(name, one)}
            </option>
          ))}
        </select>
      ) : type === "boolean" ? (
        <select {...common} value={said} onChange={(event) => onChange(event.target.value === "" ? "" : event.target.value === "true")}>
          <option value="">{t("assets.noValue")}</option>
          <option value="true">{t("assets.yes")}</option>
          <option value="false">{t("assets.no")}</option>
        </select>
      ) : name === "description" ? (
        <textarea {...common} rows={2} value={said} onChange={(event) => give(event.target.value)} />
      ) : (
        <input
          {...common}
          type={days.has(name) || type === "date" ? "date" : isNumber ? "number" : "text"}
          step={isNumber ? "any" : undefined}
          required={required}
          value={said}
          onChange={(event) => give(event.target.value)}
        />
      )}
      {refusal && (
        <small id={`${id}-wrong`} className="refusal">
          {refusal.message}
          {refusal.cure && ` ${refusal.cure}`}
        </small>
      )}
    </div>
  );
}

// Standing columns over months, one or two for each; read by screen readers as the table that they are.
import { useText } from "../../../i18n/use-text.ts";

export interface Series {
  readonly name: string;
  readonly values: readonly number[];
  /** Class of its look. */
  readonly look: string;
}

const height = 100;
const bottom = 16;
const wide = 30;

interface Props {
  readonly label: string;
  /** `2026-11`. */
  readonly months: readonly string[];
  readonly series: readonly Series[];
  readonly onOpen?: (month: string) => void;
}

export function Columns({ label, months, series, onOpen }: Props) {
  const { number } = useText();
  const most = Math.max(1, ...series.flatMap(({ values }) => values));
  const each = (wide - 6) / series.length;
  const nameOf = useMonthName();
  return (
    <figure className="columns">
      <figcaption>
        {series.length > 1 &&
          series.map(({ name, look }) => (
            <span key={name} className={look}>
              {name}
            </span>
          ))}
      </figcaption>
      <svg viewBox={`0 -14 ${wide * months.length} ${height + bottom + 14}`} aria-hidden="true">
        <line x1="0" x2={wide * months.length} y1={height} y2={height} />
        {months.map((month, at) => (
          <g key={month} className={onOpen ? "opens" : undefined} onClick={() => onOpen?.(month)}>
            <rect className="hit" x={wide * at} y={0} width={wide} height={height} />
            {series.map(({ name, values, look }, one) => (
              <g key={name} className={look}>
                <rect x={wide * at + 3 + each * one} y={height - (height * values[at]!) / most} width={each - 1} height={(height * values[at]!) / most} />
                {values[at]! > 0 && (
                  <text x={wide * at + 3 + each * (one + 0.5)} y={height - (height * values[at]!) / most - 3}>
                    {number(values[at]!)}
                  </text>
                )}
              </g>
            ))}
            <text x={wide * (at + 0.5)} y={height + 12}>
              {nameOf(month, "narrow")}
            </text>
          </g>
        ))}
      </svg>
      <Table {...{ label, months, series, nameOf }} {...(onOpen ? { onOpen } : {})} />
    </figure>
  );
}

function Table({ label, months, series, onOpen, nameOf }: Props & { nameOf: (month: string, how: "narrow" | "long") => string }) {
  const { t, number } = useText();
  return (
    <details>
      <summary>{t("figures.table")}</summary>
      <table aria-label={label}>
        <thead>
          <tr>
            <th scope="col">{t("figures.month")}</th>
            {series.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {months.map((month, at) => (
            <tr key={month}>
              <th scope="row">
                {onOpen ? (
                  <button type="button" className="link" onClick={() => onOpen(month)}>
                    {nameOf(month, "long")}
                  </button>
                ) : (
                  nameOf(month, "long")
                )}
              </th>
              {series.map(({ name, values }) => (
                <td key={name}>{number(values[at]!)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function useMonthName(): (month: string, how: "narrow" | "long") => string {
  const { language } = useText();
  return (month, how) =>
    new Date(`${month}-15T12:00:00`).toLocaleDateString(language, how === "long" ? { year: "numeric", month: "long" } : { month: language === "en" ? "short" : "numeric" });
}

// What the colours of a plan stand for; a row lights its rooms alone.
import { useText } from "../../../i18n/use-text.ts";
import { css, type Legend } from "../../../scene/appearance.ts";

export function LegendList({ legend, lit, onLight }: { legend: Legend; lit: string; onLight: (index: string) => void }) {
  const { t, number } = useText();
  const rows = [
    ...legend.rows.filter(({ count }) => count > 0).map(({ index, label, count, colour }) => ({ index, label, count, colour: css(colour) })),
    ...(legend.none ? [{ index: -1, label: t("colour.noValue"), count: legend.none, colour: "var(--plan-none)" }] : []),
  ];
  return (
    <section>
      <h2>
        {t("colour.legend")} {legend.range?.unit && <small>{legend.range.unit}</small>}
      </h2>
      <ul className="plan-legend">
        {rows.map(({ index, label, count, colour }) => (
          <li key={index}>
            <button type="button" aria-pressed={lit === String(index)} onClick={() => onLight(String(index))}>
              <span className="swatch" style={{ background: colour }} />
              <span>{label || t("colour.others")}</span>
              <small>{number(count)}</small>
            </button>
          </li>
        ))}
      </ul>
      <ul className="mark-legend">
        {(["work", "worn", "failed"] as const).map((look) => (
          <li key={look}>
            <svg className="marks" width="12" height="12" viewBox="-6 -6 12 12" aria-hidden="true">
              <circle r="4.5" className={look} />
            </svg>
            {t(`floors.mark.${look}`)}
          </li>
        ))}
      </ul>
    </section>
  );
}

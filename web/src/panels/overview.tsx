// The right panel while nothing is selected: the site in numbers, and what to do.
import type { Site } from "../api/types.ts";
import { formatFixed } from "../i18n/translate.ts";
import { useText } from "../i18n/use-text.ts";
import { Copy } from "../ui/copy.tsx";
import { Facts } from "../ui/facts.tsx";

export function Overview({ site }: { site: Site }) {
  const { t, say, number } = useText();
  const elements = site.models.reduce((sum, { count }) => sum + count, 0);
  const features = site.layers.reduce((sum, { count }) => sum + count, 0);
  const figures = [
    [site.models.length, t("overview.models", { n: site.models.length })],
    [elements, t("overview.elements", { n: elements })],
    [site.layers.length, t("overview.layers", { n: site.layers.length })],
    [features, t("overview.features", { n: features })],
  ] as const;
  const endpoint = `${location.origin}/ogc`;
  return (
    <article className="inspector" aria-label={say(site.name)}>
      <header>
        <div className="titles">
          <h2>{say(site.name)}</h2>
        </div>
      </header>
      <ul className="figures">
        {figures.map(([value, words]) => (
          <li key={words}>
            <strong>{number(value)}</strong>
            <span>{words}</span>
          </li>
        ))}
      </ul>
      <Facts
        facts={[
          { name: t("overview.crs.label"), value: t("overview.crs") },
          {
            name: t("overview.endpoint"),
            value: (
              <span className="copyable">
                <a href="/ogc" target="_blank" rel="noreferrer">
                  {endpoint}
                </a>
                <Copy text={endpoint} label={t("action.copy")} done={t("action.copied")} />
              </span>
            ),
          },
        ]}
      />
      {site.centre[2] !== 0 && <p className="hint">{t("overview.shift", { shift: signed(site.centre[2]) })}</p>}
      <p className="hint lead">{t("overview.hint")}</p>
    </article>
  );
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${formatFixed(Math.abs(value), 2)}`;
}

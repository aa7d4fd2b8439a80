// Elements coloured by any of their properties, with a legend that counts and isolates.
import { useQueries, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { registerFieldsQuery } from "../../api/register.ts";
import { propertiesQuery, type SetProperty } from "../../api/twin.ts";
import type { Site } from "../../api/types.ts";
import { isKey } from "../../i18n/translate.ts";
import { useText, type Words } from "../../i18n/use-text.ts";
import { css, type Legend, type LegendRow, type Rgb } from "../../scene/appearance.ts";
import { amend, go, useStore } from "../../state.ts";
import { Icon } from "../../ui/icon.tsx";
import { useLegend } from "./use-appearance.ts";

const plainOnes = ["class", "storey", "system", "material", "type", "predefined", "zone", "layer"] as const;
const numbers = ["base_level", "top_level", "length", "width", "height", "volume", "surface_area", "since_version"] as const;
const units: Readonly<Record<string, string>> = { m2: "m²", m3: "m³" };

export function Colours({ site }: { site: Site }) {
  const { t } = useText();
  const of = useStore(({ view }) => view.paint);
  const { data: registered = [] } = useQuery(registerFieldsQuery(site.register === true));
  const sets = useSets(site);
  return (
    <div className="colours">
      <label className="colours-head">
        <span>{t("colour.by")}</span>
        <select value={of} onChange={(event) => go({ paint: event.target.value, lit: [] })}>
          <option value="">{t("colour.none")}</option>
          <optgroup label={t("colour.identity")}>
            {plainOnes.map((one) => (
              <option key={one} value={one}>
                {t(`colour.${one}`)}
              </option>
            ))}
            <option value="finding">{t("colour.finding")}</option>
          </optgroup>
          <optgroup label={t("colour.numbers")}>
            {numbers.map((one) => (
              <option key={one} value={one}>
                {t(`colour.${one}`)}
              </option>
            ))}
          </optgroup>
          {registered.length > 0 && (
            <optgroup label={t("colour.register")}>
              {registered.map(({ name, title }) => (
                <option key={name} value={`asset:${name}`}>
                  {title}
                </option>
              ))}
            </optgroup>
          )}
          {sets.map(([set, own]) => (
            <optgroup key={set} label={set}>
              {own.map(({ of: value, name }) => (
                <option key={value} value={value}>
                  {name}
                </option>
              ))}
            </optgroup>
          ))}
          {of.includes("/") && !sets.some(([, own]) => own.some((one) => one.of === of)) && <option value={of}>{of.slice(of.indexOf("/") + 1)}</option>}
        </select>
      </label>
      {of === "" ? <p className="hint">{t("colour.hint")}</p> : <LegendView site={site} of={of} />}
    </div>
  );
}

/** Properties of all models' sets, by set. */
function useSets(site: Site): readonly (readonly [string, readonly SetProperty[]])[] {
  const answers = useQueries({ queries: site.models.map(({ id }) => propertiesQuery(id, site)) });
  const known = answers.flatMap(({ data }) => data ?? []);
  const said = known.map(({ of }) => of).join("\n");
  return useMemo(() => {
    const sets = new Map<string, Map<string, SetProperty>>();
    for (const one of known) {
      if (!sets.has(one.set)) sets.set(one.set, new Map());
      sets.get(one.set)!.set(one.of, one);
    }
    return [...sets].sort(([one], [other]) => one.localeCompare(other)).map(([set, own]) => [set, [...own.values()]] as const);
    // The properties are those that their names say.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [said]);
}

function LegendView({ site, of }: { site: Site; of: string }) {
  const words = useText();
  const { t, number } = words;
  const { legend, failed } = useLegend(site, of);
  const lit = useStore(({ view }) => view.lit);
  if (failed) return <p className="hint bad">{failed.message}</p>;
  if (!legend) return <p className="hint" role="status">{t("colour.loading")}</p>;
  const light = (index: number, also: boolean): void => {
    const one = String(index);
    amend({ lit: lit.includes(one) ? lit.filter((other) => other !== one) : also ? [...lit, one] : [one] });
  };
  const rows: LegendRow[] = [...legend.rows.filter(({ count }) => count > 0), ...(legend.none ? [{ index: -1, label: "", count: legend.none, colour: noneColour }] : [])];
  const most = Math.max(1, ...rows.map(({ count }) => count));
  return (
    <>
      {legend.range && <Ramp legend={legend} words={words} />}
      {legend.rows.length === 0 && <p className="hint">{t("colour.nothing")}</p>}
      <ul className="legend" aria-label={t("colour.legend")}>
        {rows.map(({ index, label, title, count, colour }) => (
          <li key={index}>
            <button
              type="button"
              aria-pressed={lit.includes(String(index))}
              className={lit.length && !lit.includes(String(index)) ? "off" : undefined}
              title={t("colour.isolate")}
              onClick={(event) => light(index, event.shiftKey || event.ctrlKey)}
            >
              <span className="swatch" style={{ background: css(colour) }} />
              <span className="label">{index < 0 ? t("colour.noValue") : words.say(title) || (label ? named(of, label, words) : t("colour.others"))}
                {title && <small>{label}</small>}</span>
              <span className="bar" style={{ width: `${(40 * count) / most}px` }} />
              <span className="detail">{number(count)}</span>
            </button>
          </li>
        ))}
      </ul>
      {lit.length > 0 && (
        <button type="button" className="button plain" onClick={() => amend({ lit: [] })}>
          <Icon name="close" size={12} />
          {t("tree.showAll")}
        </button>
      )}
      <p className="tree-keys">{t("colour.keys")}</p>
    </>
  );
}

function Ramp({ legend: { rows, range }, words: { number } }: { legend: Legend; words: Words }) {
  const unit = units[range!.unit] ?? range!.unit;
  return (
    <div className="ramp">
      <span className="band" style={{ background: `linear-gradient(90deg, ${rows.map(({ colour }) => css(colour)).join(", ")})` }} />
      <span>
        {number(range!.low, 2)} {unit}
      </span>
      <span>
        {number(range!.high, 2)} {unit}
      </span>
    </div>
  );
}

const noneColour: Rgb = [0.79, 0.81, 0.83];

/** A value for people: severities have words of their own. */
function named(of: string, label: string, { t }: Words): string {
  const key = `colour.severity.${label}`;
  return of === "finding" && isKey(key) ? t(key) : label;
}

// What a list of assets is narrowed to: places with all below them, values with counts, and when the warranty ends.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { facetsQuery, nameOfPlace, placeNamesQuery, placesQuery, zonesQuery, type FacetCount, type Place } from "../../api/assets.ts";
import { useText } from "../../i18n/use-text.ts";
import { useStore } from "../../state.ts";
import { Button } from "../../ui/button.tsx";
import { Group } from "../../ui/group.tsx";
import { choiceOf, dayAfter, facetNames, filterOf, replaced, toggled, valuesOf, without, type FacetName } from "./asking.ts";
import { goAssets } from "./going.ts";
import { useAssetWords } from "./words.ts";

const shownAtFirst = 8;
const soonDays = [90, 365] as const;

export function Filters() {
  const { t } = useText();
  return (
    <div className="asset-filters" role="group" aria-label={t("assets.filters")}>
      <h2 className="unseen">{t("assets.filters")}</h2>
      <Places />
      <Zones />
      {facetNames.map((name) => (
        <Facet key={name} name={name} />
      ))}
      <Warranty />
    </div>
  );
}

/** Values of a field among what all other choices leave, with how many assets have each. */
function Facet({ name }: { name: FacetName }) {
  const { t, number } = useText();
  const words = useAssetWords();
  const { narrow, find } = useStore(({ view }) => view.assets);
  const [all, setAll] = useState(false);
  const { data } = useQuery(facetsQuery(filterOf(without(narrow, name)), find.trim(), [name]));
  const storeys = useStoreyNames(name === "storey");
  const chosen = valuesOf(narrow, name);
  const counts = withChosen(data?.facets[name] ?? [], chosen);
  const stated = counts.filter(({ value }) => value !== null || chosen.includes(""));
  const isChosen = ({ value }: FacetCount): boolean => chosen.includes(value === null ? "" : String(value));
  const rows = all ? counts : stated.filter((one, at) => at < shownAtFirst || isChosen(one));
  const called = (value: FacetCount["value"]): string =>
    value === null ? t("assets.noValue") : (name === "storey" && storeys.get(String(value))) || words.value(name, value) || String(value);
  if (counts.length === 0) return null;
  return (
    <Group title={words.field(name)} open={name === "asset_class" || name === "status" || chosen.length > 0}>
      <ul className="asset-facet" data-facet={name}>
        {rows.map(({ value, count }) => (
          <li key={String(value)}>
            <label>
              <input
                type="checkbox"
                checked={isChosen({ value, count })}
                onChange={() => goAssets({ narrow: toggled(narrow, name, value === null ? "" : String(value)) })}
              />
              <span>{called(value)}</span>
              <small>{number(count)}</small>
            </label>
          </li>
        ))}
      </ul>
      {counts.length > rows.length && (
        <button type="button" className="link" onClick={() => setAll(true)}>
          {t("assets.moreValues", { n: counts.length - rows.length })}
        </button>
      )}
    </Group>
  );
}

/** The counts with values that are chosen but that nothing has any more. */
function withChosen(counts: readonly FacetCount[], chosen: readonly string[]): readonly FacetCount[] {
  const known = new Set(counts.map(({ value }) => (value === null ? "" : String(value))));
  const lost = chosen.filter((value) => !known.has(value)).map((value) => ({ value: value || null, count: 0 }));
  return [...counts, ...lost];
}

/** Names of storeys by their GlobalIds, as they roll up into buildings. */
export function useStoreyNames(asked: boolean): ReadonlyMap<string, string> {
  const { data } = useQuery({ ...facetsQuery("", "", ["building"]), enabled: asked });
  const buildings = data?.locations ?? [];
  return new Map(
    buildings.flatMap(({ building, storeys }) =>
      storeys.filter(({ storey }) => storey).map(({ storey, name }) => [storey!, [name, buildings.length > 1 ? building : ""].filter(Boolean).join(" · ")] as const),
    ),
  );
}

/** The tree of places, each with how many assets are in it and below it. */
function Places() {
  const { t } = useText();
  const { narrow } = useStore(({ view }) => view.assets);
  const { data } = useQuery(placesQuery(""));
  const [chosen = ""] = valuesOf(narrow, "location");
  if (!data?.length) return null;
  return (
    <Group title={t("assets.places")}>
      <ul className="asset-places">
        {data.map((place) => (
          <PlaceRow key={place.id} place={place} chosen={chosen} open={data.length === 1} />
        ))}
      </ul>
    </Group>
  );
}

function PlaceRow({ place, chosen, open }: { place: Place; chosen: string; open: boolean }) {
  const { t, number, language } = useText();
  const { narrow } = useStore(({ view }) => view.assets);
  const [isOpen, setOpen] = useState(open);
  const { data } = useQuery({ ...placesQuery(place.id), enabled: isOpen });
  const name = (language !== "en" && place.nameZh) || place.name || place.id;
  const leaf = place.kind === "space" || data?.length === 0;
  return (
    <li>
      <div className="place-row">
        <button
          type="button"
          className="twist"
          aria-expanded={isOpen}
          aria-label={t(isOpen ? "assets.place.close" : "assets.place.open", { name })}
          disabled={leaf}
          onClick={() => setOpen(!isOpen)}
        >
          {leaf ? "" : isOpen ? "▾" : "▸"}
        </button>
        <button type="button" className="place-name" aria-pressed={chosen === place.id} onClick={() => goAssets({ narrow: toggled(narrow, "location", place.id) })}>
          <span>{name}</span>
          <small>{number(place.count)}</small>
        </button>
      </div>
      {isOpen && data && data.length > 0 && (
        <ul>
          {data.map((one) => (
            <PlaceRow key={one.id} place={one} chosen={chosen} open={false} />
          ))}
        </ul>
      )}
    </li>
  );
}

/** Zones with how many assets are in each; one asset may be in several. */
function Zones() {
  const { t, number, language } = useText();
  const { narrow } = useStore(({ view }) => view.assets);
  const { data } = useQuery(zonesQuery);
  const chosen = valuesOf(narrow, "zone");
  if (!data?.length) return null;
  return (
    <Group title={t("assets.zones")} open={chosen.length > 0}>
      <ul className="asset-facet" data-facet="zone">
        {data.map((zone) => (
          <li key={zone.id}>
            <label>
              <input type="checkbox" checked={chosen.includes(zone.key)} onChange={() => goAssets({ narrow: toggled(narrow, "zone", zone.key) })} />
              <span>{nameOfPlace(zone, language)}</span>
              <small>{number(zone.count)}</small>
            </label>
          </li>
        ))}
      </ul>
    </Group>
  );
}

function Warranty() {
  const { t } = useText();
  const words = useAssetWords();
  const { narrow } = useStore(({ view }) => view.assets);
  const [from = ""] = valuesOf(narrow, "warranty_from");
  const [to = ""] = valuesOf(narrow, "warranty_to");
  const put = (first: string, last: string): void => goAssets({ narrow: replaced(replaced(narrow, "warranty_from", first), "warranty_to", last) });
  const today = new Date();
  return (
    <Group title={words.field("warranty_end")} open={from !== "" || to !== ""}>
      <div className="asset-dates">
        <label className="field">
          {t("assets.from")}
          <input type="date" value={from} onChange={(event) => put(event.target.value, to)} />
        </label>
        <label className="field">
          {t("assets.to")}
          <input type="date" value={to} onChange={(event) => put(from, event.target.value)} />
        </label>
      </div>
      <div className="choices">
        <button type="button" className="choice" onClick={() => put("", dayAfter(today, -1))}>
          {t("assets.warranty.over")}
        </button>
        {soonDays.map((days) => (
          <button key={days} type="button" className="choice" onClick={() => put(dayAfter(today, 0), dayAfter(today, days))}>
            {t("assets.warranty.within", { n: days })}
          </button>
        ))}
      </div>
    </Group>
  );
}

/** All choices as words that can be taken back one by one. */
export function Choices() {
  const { t, language } = useText();
  const words = useAssetWords();
  const { narrow } = useStore(({ view }) => view.assets);
  const storeys = useStoreyNames(narrow.some((one) => choiceOf(one).name === "storey"));
  const places = useQuery(placeNamesQuery(valuesOf(narrow, "location"), language));
  const zones = useQuery({ ...zonesQuery, enabled: valuesOf(narrow, "zone").length > 0 }).data ?? [];
  if (narrow.length === 0) return null;
  const say = (choice: string): string => {
    const { name, value } = choiceOf(choice);
    if (name === "location") return places.data?.get(value) ?? value;
    const zone = name === "zone" && zones.find(({ key }) => key === value);
    if (zone) return nameOfPlace(zone, language);
    if (name === "warranty_from") return t("assets.warranty.from", { day: value });
    if (name === "warranty_to") return t("assets.warranty.to", { day: value });
    if (name === "storey" && storeys.has(value)) return storeys.get(value)!;
    return value === "" ? `${words.field(name)}: ${t("assets.noValue")}` : words.value(name, name === "condition" || name === "criticality" ? Number(value) : value) || value;
  };
  return (
    <div className="choices" role="group" aria-label={t("assets.choices")}>
      {narrow.map((choice) => (
        <button key={choice} type="button" className="choice" aria-label={t("assets.choice.drop", { name: say(choice) })} onClick={() => goAssets({ narrow: narrow.filter((one) => one !== choice) })}>
          {say(choice)} <span aria-hidden="true">×</span>
        </button>
      ))}
      <Button onClick={() => goAssets({ narrow: [], find: "" })}>{t("assets.choices.clear")}</Button>
    </div>
  );
}

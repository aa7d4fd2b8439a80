// What a model says of an element: its property sets, quantities, materials, documents.
import { useState } from "react";
import { useText } from "../../i18n/use-text.ts";
import { Facts } from "../../ui/facts.tsx";
import { Group } from "../../ui/group.tsx";
import { Icon } from "../../ui/icon.tsx";
import { entries, filterSets, numberAt, valueSets, withUnit } from "../element.ts";
import type { ElementProps } from "./element.tsx";
import { Entries, exact, Nothing, Sets } from "./parts.tsx";

export function Properties({ feature: { properties } }: ElementProps) {
  const { t } = useText();
  const [query, setQuery] = useState("");
  const sets = valueSets(properties["psets"], properties["measures"]);
  const found = filterSets(sets, query);
  if (sets.length === 0) return <Nothing text={t("inspector.none.properties")} />;
  return (
    <>
      <div className="filter">
        <Icon name="search" size={14} />
        <input
          type="text"
          aria-label={t("inspector.filter")}
          placeholder={t("inspector.filter")}
          value={query}
          onChange={(event) => setQuery(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== "Escape" || !query) return;
            event.stopPropagation();
            setQuery("");
          }}
        />
      </div>
      {found.length === 0 && <p className="hint">{t("inspector.filterNone", { query })}</p>}
      <Sets sets={found} />
    </>
  );
}

export function Quantities({ feature: { properties } }: ElementProps) {
  const { t } = useText();
  const sets = valueSets(properties["quantities"], properties["measures"]);
  const measured = [
    ["field.area", "area", "m2"],
    ["field.volume", "volume", "m3"],
    ["field.surface", "surface_area", "m2"],
    ["field.elevation", "elevation", "m"],
  ] as const;
  const facts = measured.flatMap(([name, field, unit]) => {
    const value = numberAt(properties, field);
    return value === null ? [] : exact(t(name), withUnit(value, unit));
  });
  if (sets.length + facts.length === 0) return <Nothing text={t("inspector.none.quantities")} />;
  return (
    <>
      <Sets sets={sets} />
      {facts.length > 0 && (
        <Group title={t("section.measured")}>
          <Facts facts={facts} />
        </Group>
      )}
    </>
  );
}

export function Materials({ feature: { properties } }: ElementProps) {
  const { t } = useText();
  const materials = entries(properties["materials"], ["name", "material", "category", "thickness"]);
  const layers = entries(properties["layers"], ["name"]);
  if (materials.length + layers.length === 0) return <Nothing text={t("inspector.none.materials")} />;
  return (
    <>
      <Entries title={t("section.materials")} items={materials} />
      <Entries title={t("section.layers")} items={layers} />
    </>
  );
}

export function Documents({ feature: { properties } }: ElementProps) {
  const { t } = useText();
  const documents = entries(properties["documents"], ["name", "identification", "location", "id"]);
  const classifications = entries(properties["classifications"], ["code", "name", "system"]);
  if (documents.length + classifications.length === 0) return <Nothing text={t("inspector.none.documents")} />;
  return (
    <>
      <Entries title={t("section.documents")} items={documents} />
      <Entries title={t("section.classifications")} items={classifications} />
    </>
  );
}

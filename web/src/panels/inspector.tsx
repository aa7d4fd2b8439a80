// The right panel: the selected thing, wherever it was picked.
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { itemPath } from "../api/features.ts";
import { Problem } from "../api/problem.ts";
import { itemQuery } from "../api/queries.ts";
import { nameOf } from "../api/text.ts";
import type { Feature, Layer, Model, Properties, Site } from "../api/types.ts";
import { formatFixed } from "../i18n/translate.ts";
import { useText, type Words } from "../i18n/use-text.ts";
import { select, useStore, type Point } from "../state.ts";
import type { Selection } from "../url.ts";
import { Button, IconButton } from "../ui/button.tsx";
import { Copy } from "../ui/copy.tsx";
import { Facts, type Fact } from "../ui/facts.tsx";
import { Group } from "../ui/group.tsx";
import { Icon } from "../ui/icon.tsx";
import { entries, filterSets, isObject, numberAt, show, structured, text, valueSets, type ValueSet } from "./element.ts";

const bimCollections = new Set(["elements", "spaces", "storeys", "models"]);

interface Props {
  readonly site: Site;
  readonly selection: Selection;
  readonly onFly: (feature: Feature) => void;
}

export function Inspector({ site, selection, onFly }: Props) {
  const words = useText();
  const { t } = words;
  const { data: feature, error } = useQuery(itemQuery(selection.collection, selection.id));
  const bim = bimCollections.has(selection.collection);
  const layer = site.layers.find(({ id }) => id === selection.collection);
  return (
    <article className="inspector" aria-label={t("inspector.title")}>
      <header>
        <div className="titles">
          <p className="kicker">{feature && bim ? text(feature.properties, "ifc_class") : layer ? words.say(layer.title) : selection.collection}</p>
          <h2>{feature ? titleOf(feature, words) : selection.id}</h2>
        </div>
        <IconButton icon="close" label={t("inspector.close")} onClick={() => select(null)} />
      </header>
      {error && <Unreadable error={error} />}
      {!feature && !error && <p className="hint">{t("inspector.loading", { id: selection.id })}</p>}
      {feature && (
        <>
          <div className="actions">
            <Button icon="fly" onClick={() => onFly(feature)} disabled={feature.geometry === null && !feature.bbox}>
              {t("inspector.fly")}
            </Button>
            <a className="button" href={`${itemPath(selection.collection, selection.id)}?f=json`} target="_blank" rel="noreferrer">
              <Icon name="out" />
              {t("inspector.json")}
            </a>
          </div>
          {bim ? (
            <Element key={selection.id} feature={feature} model={site.models.find(({ id }) => id === text(feature.properties, "model"))} />
          ) : (
            <Attributes key={selection.id} feature={feature} layer={layer} />
          )}
        </>
      )}
    </article>
  );
}

function titleOf(feature: Feature, { language }: Words): string {
  const { properties } = feature;
  return nameOf(properties, language) || text(properties, "long_name") || text(properties, "ifc_class") || String(feature.id);
}

function Unreadable({ error }: { error: Error }) {
  const { t } = useText();
  const problem = Problem.of(error);
  return (
    <p className="hint bad">
      {problem.status === 404 ? t("inspector.missing") : problem.message} {problem.remedy} <small>{t("problem.code", { code: problem.code })}</small>
    </p>
  );
}

function Element({ feature, model }: { feature: Feature; model: Model | undefined }) {
  const words = useText();
  const { t, say, number } = words;
  const { properties } = feature;
  const [query, setQuery] = useState("");
  const psets = valueSets(properties["psets"]);
  const quantities = valueSets(properties["quantities"]);
  const foundPsets = filterSets(psets, query);
  const foundQuantities = filterSets(quantities, query);
  const count = (sets: readonly ValueSet[]): number => sets.reduce((sum, { values }) => sum + values.length, 0);
  const row = (name: Parameters<typeof t>[0], field: string): Fact[] => fact(t(name), text(properties, field));
  return (
    <>
      <Group title={t("section.identity")}>
        <Facts
          facts={[
            ...row("field.class", "ifc_class"),
            ...row("field.predefinedType", "predefined_type"),
            ...(text(properties, "global_id") ? [{ name: t("field.globalId"), value: <Copyable text={text(properties, "global_id")} />, exact: true }] : []),
            ...row("field.name", "name"),
            ...row("field.longName", "long_name"),
            ...row("field.description", "description"),
            ...row("field.type", "type_name"),
            ...row("field.objectType", "object_type"),
            ...row("field.tag", "tag"),
            ...fact(t("field.model"), model ? say(model.title) || model.id : text(properties, "model")),
          ]}
        />
      </Group>
      <Group title={t("section.place")}>
        <Facts
          facts={[
            ...row("field.site", "site"),
            ...row("field.building", "building"),
            ...fact(t("field.storey"), text(properties, "storey_name") || text(properties, "storey")),
            ...fact(t("field.space"), spaceOf(properties)),
            ...fact(t("field.zones"), entries(properties["zones"], ["name", "id"]).map((one) => one.text).join(", ")),
          ]}
        />
      </Group>
      <Position feature={feature} />
      {(psets.length > 0 || quantities.length > 0) && (
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
      )}
      {query && count(foundPsets) + count(foundQuantities) === 0 && <p className="hint">{t("inspector.filterNone", { query })}</p>}
      <Sets title={t("section.psets")} sets={foundPsets} count={number(count(foundPsets))} />
      <Sets title={t("section.quantities")} sets={foundQuantities} count={number(count(foundQuantities))} />
      <Entries title={t("section.materials")} items={entries(properties["materials"], ["name", "material", "category", "thickness"])} />
      <Entries title={t("section.systems")} items={entries(properties["systems"], ["name", "class", "id"])} />
      <Entries title={t("section.classifications")} items={entries(properties["classifications"], ["code", "name", "system"])} />
    </>
  );
}

/** Name of the space that holds an element, from the path of what contains it. */
function spaceOf(properties: Properties): string {
  const path = structured(properties["containment"]);
  const space = Array.isArray(path) ? path.find((one: unknown) => isObject(one) && one["class"] === "IfcSpace") : undefined;
  return isObject(space) ? show(space["name"] ?? space["id"]) : "";
}

function Position({ feature }: { feature: Feature }) {
  const { t, number } = useText();
  const picked = useStore((state) => state.picked);
  const { properties } = feature;
  const metres = (field: string, unit: string): string => {
    const value = numberAt(properties, field);
    return value === null ? "" : `${formatFixed(value, 3)} ${unit}`;
  };
  const size = ["length", "width", "height"].map((field) => numberAt(properties, field));
  const placed = feature.geometry !== null;
  const levels = numberAt(properties, "base_level") !== null;
  return (
    <Group title={t("section.position")}>
      <Facts
        facts={[
          ...exact(t("field.easting"), metres("easting", "m")),
          ...exact(t("field.northing"), metres("northing", "m")),
          ...exact(t("field.base"), metres("base_level", "mPD")),
          ...exact(t("field.top"), metres("top_level", "mPD")),
          ...(size.every((value) => value !== null) ? exact(t("field.size"), `${size.map((value) => number(value, 2)).join(" × ")} m`) : []),
          ...(picked ? pickedFacts(picked, t) : []),
        ]}
      />
      {!placed && <p className="notice">{t("position.unplaced")}</p>}
      {placed && !levels && <p className="notice">{t("position.noDatum")}</p>}
    </Group>
  );
}

function pickedFacts(point: Point, t: Words["t"]): Fact[] {
  const place = `${formatFixed(point.lon, 7)}, ${formatFixed(point.lat, 7)}`;
  return [
    { name: t("field.picked"), value: <Copyable text={place} />, exact: true },
    ...exact(t("field.pickedHeight"), `${formatFixed(point.height, 2)} m`),
  ];
}

function Attributes({ feature, layer }: { feature: Feature; layer: Layer | undefined }) {
  const { t, say, number } = useText();
  const picked = useStore((state) => state.picked);
  const rows = Object.entries(feature.properties).filter(([, value]) => value !== null && value !== "");
  return (
    <>
      <Group title={t("section.attributes")} count={number(rows.length)}>
        <Facts
          facts={[
            ...fact(t("field.collection"), layer ? say(layer.title) : ""),
            { name: t("field.id"), value: <Copyable text={String(feature.id)} />, exact: true },
            ...rows.map(([name, value]) => ({ name, value: show(value) })),
          ]}
        />
      </Group>
      {picked && (
        <Group title={t("section.position")}>
          <Facts facts={pickedFacts(picked, t)} />
        </Group>
      )}
    </>
  );
}

function Sets({ title, sets, count }: { title: string; sets: readonly ValueSet[]; count: string }): ReactNode {
  if (sets.length === 0) return null;
  return (
    <Group title={title} count={count}>
      {sets.map(({ name, values }) => (
        <div className="set" key={name}>
          <h4>{name}</h4>
          <Facts facts={values.map(([key, value]) => ({ name: key, value }))} />
        </div>
      ))}
    </Group>
  );
}

function Entries({ title, items }: { title: string; items: readonly { text: string; note: string }[] }): ReactNode {
  if (items.length === 0) return null;
  return (
    <Group title={title} count={String(items.length)}>
      <ul className="entries">
        {items.map(({ text: main, note }, index) => (
          <li key={index}>
            <span>{main}</span>
            {note && <small>{note}</small>}
          </li>
        ))}
      </ul>
    </Group>
  );
}

function Copyable({ text: value }: { text: string }) {
  const { t } = useText();
  return (
    <span className="copyable">
      <span>{value}</span>
      <Copy text={value} label={t("action.copy")} done={t("action.copied")} />
    </span>
  );
}

function fact(name: string, value: string): Fact[] {
  return value ? [{ name, value }] : [];
}

function exact(name: string, value: string): Fact[] {
  return value ? [{ name, value, exact: true }] : [];
}

// The right panel: the selected thing, wherever it was picked.
import { useQuery } from "@tanstack/react-query";
import { itemPath } from "../api/features.ts";
import { Problem } from "../api/problem.ts";
import { itemQuery } from "../api/queries.ts";
import { nameOf } from "../api/text.ts";
import type { Feature, Layer, Site } from "../api/types.ts";
import { useText, type Words } from "../i18n/use-text.ts";
import { select, useStore } from "../state.ts";
import type { Selection } from "../url.ts";
import { Button, IconButton } from "../ui/button.tsx";
import { Facts } from "../ui/facts.tsx";
import { Group } from "../ui/group.tsx";
import { Icon } from "../ui/icon.tsx";
import { show, text } from "./element.ts";
import { Element } from "./inspector/element.tsx";
import { Many, useSelected } from "./inspector/many.tsx";
import { Copyable, fact } from "./inspector/parts.tsx";
import { pickedFacts } from "./inspector/position.tsx";
import { useStateOf } from "./time/use-then.ts";

const bimCollections = new Set(["elements", "spaces", "storeys", "buildings", "systems", "zones", "types"]);

interface Props {
  readonly site: Site;
  readonly selection: Selection;
  readonly onFly: (feature: Feature) => void;
}

export function Inspector({ site, selection, onFly }: Props) {
  const words = useText();
  const { t } = words;
  const selected = useSelected();
  const { data: feature, error } = useQuery(itemQuery(selection.collection, selection.id, useStateOf(selection, site.change)));
  const bim = bimCollections.has(selection.collection);
  const layer = site.layers.find(({ id }) => id === selection.collection);
  if (selected.length > 1) return <Many ids={selected} />;
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
            <Element key={`${selection.collection} ${selection.id}`} feature={feature} collection={selection.collection} register={site.register === true} model={site.models.find(({ id }) => id === text(feature.properties, "model"))} />
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

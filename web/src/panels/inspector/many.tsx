// Several selected elements in a summary.
import { useQueries } from "@tanstack/react-query";
import { itemQuery } from "../../api/queries.ts";
import { useText } from "../../i18n/use-text.ts";
import { go, select, useStore } from "../../state.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { Facts } from "../../ui/facts.tsx";
import { Group } from "../../ui/group.tsx";
import { numberAt, text, withUnit } from "../element.ts";

export function Many({ ids }: { ids: readonly string[] }) {
  const { t, number } = useText();
  const answers = useQueries({ queries: ids.map((id) => itemQuery("elements", id)) });
  const features = answers.flatMap(({ data }) => data ?? []);
  const classes = new Map<string, number>();
  for (const { properties } of features) classes.set(text(properties, "ifc_class"), (classes.get(text(properties, "ifc_class")) ?? 0) + 1);
  const numbers = (field: string): number[] => features.flatMap(({ properties }) => numberAt(properties, field) ?? []);
  const sum = (field: string, unit: string): string => {
    const found = numbers(field);
    return found.length ? withUnit(found.reduce((total, one) => total + one, 0), unit) : "";
  };
  const [low, high] = [numbers("base_level"), numbers("top_level")];
  const facts = [
    { name: t("selection.sum.volume"), value: sum("volume", "m3"), exact: true },
    { name: t("selection.sum.surface"), value: sum("surface_area", "m2"), exact: true },
    { name: t("selection.levels"), value: low.length && high.length ? `${Math.min(...low).toFixed(2)} – ${Math.max(...high).toFixed(2)} mPD` : "", exact: true },
  ];
  return (
    <article className="inspector" aria-label={t("inspector.title")}>
      <header>
        <div className="titles">
          <h2>{t("selection.many", { n: ids.length })}</h2>
        </div>
        <IconButton icon="close" label={t("selection.clear")} onClick={() => select(null)} />
      </header>
      <div className="actions">
        <Button icon="isolate" onClick={() => go({ only: ids.map((id) => `class/id=${encodeURIComponent(id)}`), hidden: [] })}>
          {t("selection.isolate")}
        </Button>
      </div>
      <Group title={t("selection.classes")} count={number(classes.size)}>
        <Facts facts={[...classes].map(([name, count]) => ({ name, value: number(count), exact: true }))} />
      </Group>
      <Facts facts={facts.filter(({ value }) => value)} />
      <ul className="links">
        {features.map((feature) => (
          <li key={String(feature.id)}>
            <button type="button" onClick={() => select({ collection: "elements", id: String(feature.id) })}>
              {text(feature.properties, "name") || text(feature.properties, "ifc_class")}
              <small>{text(feature.properties, "ifc_class")}</small>
            </button>
          </li>
        ))}
      </ul>
      <p className="hint">{t("selection.hint")}</p>
    </article>
  );
}

/** Ids of all selected elements, the one in the address first. */
export function useSelected(): readonly string[] {
  const selection = useStore(({ view }) => view.selection);
  const others = useStore((state) => state.others);
  return selection?.collection === "elements" ? [selection.id, ...others] : [];
}

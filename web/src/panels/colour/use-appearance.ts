// What the address says of showing and colouring elements, carried into the scene.
import { useQueries, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { chosenQuery, idsQuery, valuesQuery, type Ids, type Values } from "../../api/twin.ts";
import type { Site } from "../../api/types.ts";
import { useText } from "../../i18n/use-text.ts";
import { isPlain, legendOf, plain, type Appearance, type Legend } from "../../scene/appearance.ts";
import { Members } from "../../scene/members.ts";
import { usePreviews } from "../../places/submissions/preview-state.ts";
import type { TwinScene } from "../../scene/scene.ts";
import { useStore } from "../../state.ts";
import { useBcf } from "../bcf/state.ts";
import { useComparing } from "../versions/state.ts";

export function useAppearance(site: Site, scene: TwinScene | null): void {
  const { only, hidden, paint, lit } = useStore((state) => state.view);
  const marked = useStore((state) => state.marked);
  const { data: chosen } = useQuery(chosenQuery(only, site));
  const { data: left } = useQuery(chosenQuery(hidden, site));
  const previewed = usePreviews((state) => state.appearance);
  const compared = useComparing((state) => state.appearance) ?? previewed;
  const viewpoint = useBcf();
  const { legend } = useLegend(site, compared ? "" : paint);
  const appearance = useMemo<Appearance>(
    () => ({
      only: only.length && chosen ? new Members(chosen) : viewpoint.only,
      hidden: hidden.length && left ? new Members(left) : viewpoint.hidden,
      paint: legend?.paint ?? null,
      colours: legend?.colours ?? [],
      lit: new Set(legend ? lit.map(Number) : []),
      marked,
    }),
    [only.length, hidden.length, chosen, left, legend, lit, marked, viewpoint.only, viewpoint.hidden],
  );
  useEffect(() => scene?.setAppearance(compared ? beside(appearance, compared) : isPlain(appearance) ? plain : appearance), [scene, appearance, compared]);
}

/** Colours and sides of a comparison; what is alone or hidden stays so. */
function beside({ only, hidden, marked }: Appearance, compared: Appearance): Appearance {
  return { ...compared, only, hidden: compared.hidden ?? hidden, marked };
}

/** The legend of a property over all models that have tiles, null while it is asked for and where nothing is coloured. */
export function useLegend(site: Site, of: string): { legend: Legend | null; failed: Error | null } {
  const { number } = useText();
  const models = of ? site.models.filter(({ tileset }) => tileset !== null) : [];
  const ids = useQueries({ queries: models.map(({ id }) => idsQuery(id, site)), combine: together<Ids> });
  const values = useQueries({ queries: models.map(({ id }) => valuesQuery(id, of, site)), combine: together<Values> });
  const names = models.map(({ id }) => id).join(" ");
  const legend = useMemo(() => {
    if (!ids.all || !values.all) return null;
    return legendOf(names.split(" ").map((model, at) => ({ model, ids: ids.all![at]!, values: values.all![at]! })), (value) => number(value, 2));
  }, [ids.all, values.all, names, number]);
  return { legend, failed: ids.failed ?? values.failed };
}

/** All answers once the last one is there. */
function together<T>(results: UseQueryResult<T>[]): { all: T[] | null; failed: Error | null } {
  return {
    all: results.length && results.every(({ data }) => data !== undefined) ? results.map(({ data }) => data as T) : null,
    failed: results.find(({ error }) => error)?.error ?? null,
  };
}

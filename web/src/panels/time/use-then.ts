// The site as it is to be seen: now, at an instant, with a model in the version that is compared, or with submitted models.
import { useQueries, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { useMemo } from "react";
import { countQuery } from "../../api/queries.ts";
import type { Site } from "../../api/types.ts";
import { modelChangesQuery, versionsQuery } from "../../api/versions.ts";
import { sitePreviewed } from "../../places/submissions/preview-look.ts";
import { usePreviews } from "../../places/submissions/preview-state.ts";
import { modelOf, useStore } from "../../state.ts";
import type { Selection } from "../../url.ts";
import { usePaused } from "../../ui/paused.ts";
import { isOfModels, siteAt, siteCompared, stateThen } from "./as-of.ts";

/** How long the line of time has to rest before the site of then is asked for. */
const restMs = 150;

export function useSiteThen(site: Site): Site {
  const at = usePaused(useStore((state) => state.view.at), restMs);
  const compare = useStore((state) => state.view.compare);
  const { data: versions } = useQuery({ ...versionsQuery(site.change), enabled: at !== "" || compare !== null });
  const counts = useCountsThen(site, at);
  const submitted = usePreviews((state) => state.seen);
  const then = useMemo(() => {
    if (!versions) return site;
    const then = at ? siteAt(site, versions, at, counts) : site;
    return compare ? siteCompared(then, versions, compare) : then;
  }, [site, versions, at, compare, counts]);
  return useMemo(() => (submitted.length ? sitePreviewed(then, submitted) : then), [then, submitted]);
}

/** How many Features each layer had at an instant, as far as it is known; nothing for now. */
function useCountsThen({ layers, change }: Site, at: string): ReadonlyMap<string, number> {
  return useQueries({ queries: at ? layers.map(({ id, items }) => countQuery(id, items, at, change)) : [], combine: together });
}

function together(answers: UseQueryResult<readonly [string, number]>[]): ReadonlyMap<string, number> {
  return new Map(answers.flatMap(({ data }) => (data ? [data] : [])));
}

/** By which parameter the selected Feature is asked for as it is seen, "" for as it is. */
export function useStateOf({ collection, id }: Selection, change: number): string {
  const at = useStore((state) => state.view.at);
  const compare = useStore((state) => state.view.compare);
  const isCompared = compare !== null && isOfModels(collection) && modelOf(id) === compare.model;
  const { data: versions } = useQuery({ ...versionsQuery(change), enabled: at !== "" });
  const { data: changes } = useQuery(modelChangesQuery(isCompared ? compare : null, change));
  if (isCompared) {
    const globalId = id.slice(compare.model.length + 1);
    const gone = changes?.changes.some(({ status, global_id, was }) => (status === "removed" && global_id === globalId) || was === globalId) ?? false;
    return `version=${compare.side === "before" || gone ? compare.since : compare.version}`;
  }
  return stateThen(collection, at, versions);
}

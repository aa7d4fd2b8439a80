// The site as it is to be seen: now, at an instant, with a model in the version that is compared, or with submitted models.
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Site } from "../../api/types.ts";
import { modelChangesQuery, versionsQuery } from "../../api/versions.ts";
import { sitePreviewed } from "../../places/submissions/preview-look.ts";
import { usePreviews } from "../../places/submissions/preview-state.ts";
import { modelOf, useStore } from "../../state.ts";
import type { Selection } from "../../url.ts";
import { siteAt, siteCompared } from "./as-of.ts";

export function useSiteThen(site: Site): Site {
  const at = useStore((state) => state.view.at);
  const compare = useStore((state) => state.view.compare);
  const { data: versions } = useQuery({ ...versionsQuery(site.change), enabled: at !== "" || compare !== null });
  const submitted = usePreviews((state) => state.seen);
  const then = useMemo(() => {
    if (!versions) return site;
    const then = at ? siteAt(site, versions, at) : site;
    return compare ? siteCompared(then, versions, compare) : then;
  }, [site, versions, at, compare]);
  return useMemo(() => (submitted.length ? sitePreviewed(then, submitted) : then), [then, submitted]);
}

const ofModels = new Set(["elements", "spaces", "storeys", "buildings", "systems", "zones", "types"]);

/** By which parameter the selected Feature is asked for as it is seen, "" for as it is. */
export function useStateOf({ collection, id }: Selection, change: number): string {
  const at = useStore((state) => state.view.at);
  const compare = useStore((state) => state.view.compare);
  const isCompared = compare !== null && ofModels.has(collection) && modelOf(id) === compare.model;
  const { data: versions } = useQuery({ ...versionsQuery(change), enabled: at !== "" });
  const { data: changes } = useQuery(modelChangesQuery(isCompared ? compare.model : "", compare?.version ?? 0, change));
  if (isCompared) {
    const globalId = id.slice(compare.model.length + 1);
    const gone = changes?.changes.some(({ status, global_id, was }) => (status === "removed" && global_id === globalId) || was === globalId) ?? false;
    return `version=${compare.side === "before" || gone ? compare.version - 1 : compare.version}`;
  }
  return at && (ofModels.has(collection) || versions?.layers[collection]) ? `datetime=${encodeURIComponent(at)}` : "";
}

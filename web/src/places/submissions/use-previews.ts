// What the address says of seeing submitted models, carried into the scene.
import { useQueries, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { findingsQuery, type Found } from "../../api/findings.ts";
import { previewQuery, type NoPreview, type Preview } from "../../api/previews.ts";
import type { Submission } from "../../api/submissions.ts";
import type { Site } from "../../api/types.ts";
import type { TwinScene } from "../../scene/scene.ts";
import { amend, key, shown, useStore } from "../../state.ts";
import { acceptedOf, appearanceOf, sitePreviewed } from "./preview-look.ts";
import { nothingSeen, usePreviews } from "./preview-state.ts";

/** What is known of the models of a submission. */
export interface Known {
  readonly seen: readonly Preview[];
  readonly unseen: readonly NoPreview[];
  /** How many are still being made. */
  readonly waiting: number;
  readonly error: Error | null;
  readonly retry: () => void;
}

/** The previews of all models of a submission; nothing is asked for while they are not wanted. */
export function useKnown(submission: Submission, site: Site, wanted: boolean): Known {
  const beside = (model: string): string => site.models.find(({ id }) => id === model)?.tileset ?? "";
  const queries = submission.models.map(({ name }) => ({ ...previewQuery(submission, name, beside(name)), enabled: wanted }));
  return useQueries({ queries, combine: known });
}

function known(results: UseQueryResult<Preview | NoPreview>[]): Known {
  const found = results.flatMap(({ data }) => (data ? [data] : []));
  return {
    seen: found.filter((one): one is Preview => one.state === "ready"),
    unseen: found.filter((one): one is NoPreview => one.state === "none"),
    waiting: results.filter(({ isPending, isEnabled }) => isPending && isEnabled).length,
    error: results.find(({ error }) => error)?.error ?? null,
    retry: () => results.forEach(({ error, refetch }) => error && void refetch()),
  };
}

const noFindings: readonly Found[] = [];

/** What was found on a submission, for its colours. */
export function useFound(submission: Submission): readonly Found[] {
  return useQuery(findingsQuery(submission)).data ?? noFindings;
}

/** Whether the twin's other models are shown: unless a person said so, only where nothing is coloured. */
export function useOthers(): boolean {
  const look = useStore(({ view }) => view.preview);
  return usePreviews((state) => state.others) ?? look === "plain";
}

/** Puts the submitted models into the scene while the address says so, and takes them out again. */
export function usePreviewed(scene: TwinScene | null, site: Site, seen: readonly Preview[], found: readonly Found[]): void {
  const look = useStore(({ view }) => view.preview);
  const { chosen, alone } = usePreviews();
  const others = useOthers();
  const hidden = useMemo(() => (others ? [] : site.models.map(({ id }) => id).filter((id) => !seen.some(({ model }) => model === id))), [others, site.models, seen]);
  const appearance = useMemo(() => (look ? appearanceOf(look, seen, found, { chosen, alone, hidden }) : null), [look, seen, found, chosen, alone, hidden]);
  useEffect(() => usePreviews.setState({ seen: look ? seen : nothingSeen.seen, found, appearance }), [look, seen, found, appearance]);
  useEffect(() => scene?.accepted.set(look ? acceptedOf(look, seen, chosen) : []), [scene, look, seen, chosen]);
  useEffect(() => () => usePreviews.setState(nothingSeen), []);
  useEffect(() => () => scene?.accepted.set([]), [scene]);
  useEffect(() => {
    if (look) showAll(site, seen);
    // Only what comes into view is shown: a person may hide it again.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [look === "", seen]);
}

/** Shows the models that are seen, also where those of the twin were hidden or stand nowhere. */
function showAll(site: Site, seen: readonly Preview[]): void {
  const { view } = useStore.getState();
  const now = shown(sitePreviewed(site, seen), view);
  const parts = seen.map(({ model }) => key("model", model)).filter((part) => !now.has(part));
  if (parts.length === 0) return;
  amend({ on: [...new Set([...view.on, ...parts])], off: view.off.filter((part) => !parts.includes(part)) });
}

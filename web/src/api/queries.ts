// The questions that the page asks the server, each with how long an answer is good for.
import { keepPreviousData, QueryClient, queryOptions } from "@tanstack/react-query";
import { getJson, getJsonAnyStatus } from "./client.ts";
import { askAsEditor, readRecord, token } from "./editor.ts";
import { asOf, itemPath } from "./features.ts";
import { Problem } from "./problem.ts";
import { recordsPath, type Choice, type CollectionUse, type RecordFeature, type RecordsPage } from "./records.ts";
import type { Language } from "./text.ts";
import type { Feature, FeaturePage, Job, SearchResult, Site } from "./types.ts";

/** One client: an error that says what is wrong with the request is not asked again. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        refetchOnWindowFocus: false,
        retry: (failures, error) => failures < 2 && (!(error instanceof Problem) || error.status === 0 || error.status >= 500),
        retryDelay: (failures) => 400 * 2 ** failures,
      },
    },
  });
}

/** The site; asked again every few seconds, so that what is published appears. */
export const siteQuery = queryOptions({
  queryKey: ["site"],
  queryFn: ({ signal }) => getJson<Site>("/api/site", signal),
  refetchInterval: 4000,
  structuralSharing: true,
});

/** A Feature; `state` asks for it as it was: `datetime=…` or `version=…`. */
export const itemQuery = (collection: string, id: string, state = "") =>
  queryOptions({
    queryKey: ["item", collection, id, ...(state ? [state] : [])],
    queryFn: ({ signal }) => getJson<Feature>(`${itemPath(collection, id)}?f=json${state && `&${state}`}`, signal),
  });

/** A layer's id and how many Features it had at an instant. */
export const countQuery = (id: string, items: string, at: string, change: number) =>
  queryOptions({
    queryKey: ["count", items, at, change],
    queryFn: async ({ signal }) => [id, (await getJson<FeaturePage>(`${items}?f=json&resulttype=hits${asOf(at)}`, signal)).numberMatched ?? 0] as const,
    staleTime: 300_000,
  });

/** What is called so, or was at an instant. */
export const searchQuery = (text: string, limit: number, at = "") =>
  queryOptions({
    queryKey: ["search", text, limit, at],
    queryFn: ({ signal }) => getJson<{ results: SearchResult[] }>(`/api/search?q=${encodeURIComponent(text)}&limit=${limit}${asOf(at)}`, signal),
    placeholderData: keepPreviousData,
    enabled: text.length > 0,
  });

export const recordsQuery = (text: string, choices: readonly Choice[], offset: number, language: Language) =>
  queryOptions({
    queryKey: ["records", text, choices, offset, language],
    queryFn: ({ signal }) => getJson<RecordsPage>(recordsPath(text, choices, offset, language), signal),
    placeholderData: keepPreviousData,
  });

export const recordLinksQuery = (id: string, language: Language) =>
  queryOptions({
    queryKey: ["record", id, language],
    queryFn: ({ signal }) => getJson<RecordFeature>(`${itemPath("records", id)}?f=json&lang=${language}`, signal),
    placeholderData: keepPreviousData,
  });

export const recordQuery = (id: string) =>
  queryOptions({
    queryKey: ["record-document", id],
    queryFn: ({ signal }) => readRecord(id, signal),
  });

/** How a Collection of ours is seen and used. */
export const collectionUseQuery = (id: string, language: Language) =>
  queryOptions({
    queryKey: ["collection-use", id, language],
    queryFn: ({ signal }) => getJson<CollectionUse>(`/api/collections/${encodeURIComponent(id)}?lang=${language}`, signal),
    placeholderData: keepPreviousData,
  });

export const jobsQuery = queryOptions({
  queryKey: ["jobs"],
  queryFn: async ({ signal }) => {
    const path = "/api/jobs?limit=100";
    const asked = token() ? (await askAsEditor(path, { signal })).json() : getJson<{ jobs: Job[] } | Job[]>(path, signal);
    const body = (await asked) as { jobs: Job[] } | Job[];
    return Array.isArray(body) ? body : body.jobs;
  },
  refetchInterval: ({ state }) => (state.status === "error" ? false : 2000),
});

export type Health = Readonly<Record<string, unknown>>;

export const healthQuery = (path: "/healthz" | "/readyz") =>
  queryOptions({
    queryKey: ["health", path],
    queryFn: ({ signal }) => getJsonAnyStatus<Health>(path, signal),
    refetchInterval: 5000,
    retry: false,
  });

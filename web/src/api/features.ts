// Features of a Collection, page after page.
import { getJson, sameOrigin } from "./client.ts";
import type { BBox, Feature, FeaturePage } from "./types.ts";

const PAGE_SIZE = 1000;

export interface Loaded {
  readonly features: readonly Feature[];
  /** The server has more that we did not ask for. */
  readonly cut: boolean;
}

/** Features from `items`, following `next` links until there is none or `limit` is reached; `onCount` hears of each page. */
export async function loadFeatures(
  items: string,
  options: { limit: number; bbox?: BBox; signal?: AbortSignal; onCount?: (count: number) => void },
): Promise<Loaded> {
  const features: Feature[] = [];
  let next: string | null = firstPage(items, options.limit, options.bbox);
  while (next !== null && features.length < options.limit) {
    const page: FeaturePage = await getJson<FeaturePage>(next, options.signal);
    features.push(...page.features);
    options.onCount?.(features.length);
    next = page.features.length > 0 ? nextLink(page) : null;
  }
  return { features: features.slice(0, options.limit), cut: next !== null || features.length > options.limit };
}

function firstPage(items: string, limit: number, bbox?: BBox): string {
  const url = new URL(items, "http://self/");
  url.searchParams.set("f", "json");
  url.searchParams.set("limit", String(Math.min(PAGE_SIZE, limit)));
  if (bbox) url.searchParams.set("bbox", bbox.map((value) => value.toFixed(6)).join(","));
  return url.pathname + url.search;
}

function nextLink(page: FeaturePage): string | null {
  const link = page.links?.find(({ rel }) => rel === "next");
  return link ? sameOrigin(link.href) : null;
}

/** Path of one Feature. */
export function itemPath(collection: string, id: string): string {
  return `/ogc/collections/${encodeURIComponent(collection)}/items/${encodeURIComponent(id)}`;
}

/** The parameter by which anything is asked for as it was at an instant, with the sign before it; "" for now. */
export function asOf(at: string | undefined, sign = "&"): string {
  return at ? `${sign}datetime=${encodeURIComponent(at)}` : "";
}

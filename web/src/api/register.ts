// The asset register as far as the twin reads it; a site without one answers with nothing.
import { queryOptions } from "@tanstack/react-query";
import { getJson } from "./client.ts";
import { asOf, itemPath } from "./features.ts";
import { Problem } from "./problem.ts";
import type { Feature, FeaturePage } from "./types.ts";

const register = "/ogc/collections/asset-register";

/** Those fields of the register that elements can be coloured by. */
export const registerFieldsQuery = (there: boolean) => queryOptions({
  enabled: there,
  queryKey: ["register-fields"],
  queryFn: async ({ signal }) => {
    const schema = await orNothing(getJson<{ properties?: Record<string, Property> }>(`${register}/schema?f=json`, signal));
    return Object.entries(schema?.properties ?? {})
      .filter(([name, { type, format }]) => !left.has(name) && (type === "string" || type === "number" || type === "integer") && !format?.startsWith("geometry"))
      .map(([name, { title }]) => ({ name, title: title ?? name }));
  },
  staleTime: 60_000,
});

interface Property {
  readonly type?: string;
  readonly title?: string;
  readonly format?: string;
}

const left = new Set(["id", "element", "name", "description", "geometry"]);

/** Rows of the register that an element stands for. */
export const assetsOfQuery = (element: string, there: boolean, at = "") =>
  queryOptions({
    enabled: there,
    queryKey: ["assets-of", element, at],
    queryFn: async ({ signal }): Promise<readonly Feature[]> =>
      (await orNothing(getJson<FeaturePage>(`${register}/items?f=json&limit=20&element=${encodeURIComponent(element)}${asOf(at)}`, signal)))?.features ?? [],
    staleTime: 20_000,
  });

/** Where a row is read in the API. */
export function assetPath(id: string): string {
  return itemPath("asset-register", id);
}

async function orNothing<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Problem && [400, 401, 403, 404].includes(error.status)) return null;
    throw error;
  }
}

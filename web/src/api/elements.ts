// What is asked about one element besides its Feature: others by GlobalId, its states over versions, and what was found on it.
import { queryOptions } from "@tanstack/react-query";
import { getJson } from "./client.ts";
import { asOf, itemPath } from "./features.ts";
import { askAsEditor, token } from "./editor.ts";
import { partiesOf } from "./parties.ts";
import { Problem } from "./problem.ts";
import { pathOf, submissionsQuery } from "./submissions.ts";
import type { Feature, FeaturePage, Properties } from "./types.ts";

const mostNames = 200;
const mostStates = 20;

/** Name and class of elements of a model by GlobalId, as many as a list shows; as they were at an instant. */
export const namesQuery = (model: string, ids: readonly string[], at = "") =>
  queryOptions({
    queryKey: ["names", model, ids, at],
    queryFn: async ({ signal }): Promise<ReadonlyMap<string, Properties>> => {
      const list = ids.slice(0, mostNames).map(quoted).join(",");
      const filter = `model=${quoted(model)} AND global_id IN (${list})`;
      const path = `/ogc/collections/elements/items?f=json&limit=${mostNames}&properties=global_id,name,ifc_class,storey_name&skipGeometry=true${asOf(at)}`;
      const page = await getJson<FeaturePage>(`${path}&filter=${encodeURIComponent(filter)}`, signal);
      return new Map(page.features.map(({ properties }) => [String(properties["global_id"]), properties]));
    },
    enabled: ids.length > 0,
    staleTime: 60_000,
  });

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** States of a Feature from the present one back, each with the version since which it held; null where it was not there. */
export interface State {
  readonly version: number;
  readonly feature: Feature | null;
}

export const statesQuery = (collection: string, present: Feature) =>
  queryOptions({
    queryKey: ["states", collection, present.id, present.properties["since_version"]],
    queryFn: async ({ signal }): Promise<readonly State[]> => {
      const states: State[] = [{ version: sinceOf(present), feature: present }];
      while (states.length < mostStates) {
        const { version, feature } = states.at(-1)!;
        if (version <= 1 || feature === null) break;
        const before = await stateOf(collection, String(present.id), version - 1, signal);
        states.push({ version: before ? Math.min(sinceOf(before), version - 1) : version - 1, feature: before });
      }
      return states;
    },
  });

async function stateOf(collection: string, id: string, version: number, signal: AbortSignal): Promise<Feature | null> {
  try {
    return await getJson<Feature>(`${itemPath(collection, id)}?f=json&version=${version}`, signal);
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}

function sinceOf({ properties }: Feature): number {
  const since = properties["since_version"];
  return typeof since === "number" ? since : 1;
}

/** One finding on an element, wherever it was found. */
export interface OnElement {
  readonly key: string;
  /** Title of the submission, "" for the model's intake. */
  readonly submission: string;
  readonly code: string;
  readonly severity: string;
  readonly texts: Readonly<Record<string, string>>;
  readonly cure: string;
  /** GlobalIds of those whom it concerns, this one too. */
  readonly parties: readonly string[];
}

/** What the intake of its model (of the version at an instant) and the submissions that one may see found on an element. */
export const findingsOnQuery = (model: string, globalId: string, at = "") =>
  queryOptions({
    queryKey: ["findings-on", model, globalId, at, token() !== ""],
    queryFn: async ({ signal, client }): Promise<readonly OnElement[]> => {
      const row = await getJson<Feature>(`${itemPath("models", model)}?f=json${asOf(at)}`, signal);
      const own = Array.isArray(row.properties["findings"]) ? (row.properties["findings"] as readonly Properties[]) : [];
      const found = own.map((one, at) => onElement(one, "", `${at}`)).filter(({ parties }) => parties.includes(globalId));
      if (!token()) return found;
      const submissions = await client.fetchQuery(submissionsQuery).catch(() => []);
      for (const { id, title } of submissions.slice(0, 20)) {
        const answer = await askAsEditor(`${pathOf(id, "findings")}?global_id=${encodeURIComponent(globalId)}&limit=100`, { signal }).catch(() => null);
        if (!answer) continue;
        const { findings } = (await answer.json()) as { findings: readonly Properties[] };
        found.push(...findings.map((one) => onElement(one, title || id, `${id} ${String(one["id"])}`)));
      }
      return found;
    },
    staleTime: 20_000,
  });

/** A finding as models and submissions keep it; parties are all GlobalIds that it names. */
export function onElement(one: Properties, submission: string, key: string): OnElement {
  const text = (name: string): string => (typeof one[name] === "string" ? (one[name] as string) : "");
  const data = (one["data"] ?? {}) as Properties;
  const texts = (data["texts"] ?? {}) as Readonly<Record<string, string>>;
  const message = text("message");
  return {
    key,
    submission,
    code: text("code"),
    severity: text("severity") || "error",
    texts: { en: texts["en"] ?? message, "zh-Hant": text("message_zh_hant") || (texts["zh-Hant"] ?? message), "zh-Hans": text("message_zh_hans") || (texts["zh-Hans"] ?? message) },
    cure: text("cure"),
    parties: partiesOf(one),
  };
}

// Ways through the site: routes with instructions, how far exits are, and what is out of service.
import { queryOptions } from "@tanstack/react-query";
import { read } from "./assets.ts";
import { askAsEditor } from "./editor.ts";
import type { Geometry, Position, Text } from "./types.ts";

export interface Profile {
  readonly id: string;
  readonly title: Text;
}

export interface Leg {
  readonly geometry: { readonly coordinates: readonly Position[] } | null;
  readonly properties: {
    readonly leg: number;
    readonly mode: string;
    readonly metres: number;
    readonly seconds: number;
    readonly level: string;
    readonly to_level: string;
    readonly space: string | null;
    readonly instruction: string;
    readonly passage: string | null;
  };
}

interface End {
  readonly id: string;
  readonly name: string;
}

export interface Way {
  readonly route: {
    readonly metres: number;
    readonly seconds: number;
    readonly from: End;
    readonly to: End;
    readonly profile_title: string;
    readonly levels: readonly string[];
    readonly steps_in: Readonly<Record<string, readonly string[]>>;
  };
  readonly features: readonly Leg[];
}

export interface Escapes {
  readonly exits: readonly { readonly id: string; readonly name: string; readonly level: string; readonly width_m: number | null; readonly occupants: number }[];
  readonly without_exit: number;
  readonly features: readonly {
    readonly id: string;
    readonly geometry: Geometry | null;
    readonly properties: {
      readonly name: string;
      readonly level: string;
      readonly model: string;
      readonly metres_to_exit: number | null;
      readonly exit: string | null;
      readonly exit_name: string | null;
    };
  }[];
}

export interface Closure {
  readonly id: string;
  readonly passage: string;
  readonly reason: string;
  readonly since: string;
  readonly until: string | null;
}

export const profilesQuery = queryOptions({
  queryKey: ["way-profiles"],
  queryFn: async ({ signal }) => (await read<{ profiles: readonly Profile[] }>("/api/routes/profiles", signal)).profiles,
  staleTime: 600_000,
});

export const wayQuery = (from: string, to: string, profile: string, language: string) =>
  queryOptions({
    queryKey: ["way", from, to, profile, language],
    queryFn: ({ signal }) => read<Way>(`/api/routes?${new URLSearchParams({ from, to, lang: language, ...(profile ? { profile } : {}) })}`, signal),
    enabled: from !== "" && to !== "",
  });

export const escapesQuery = (profile: string, language: string, enabled: boolean) =>
  queryOptions({
    queryKey: ["escapes", profile, language],
    queryFn: ({ signal }) => read<Escapes>(`/api/routes/evacuation?${new URLSearchParams({ lang: language, ...(profile ? { profile } : {}) })}`, signal),
    enabled,
    staleTime: 60_000,
  });

export const closuresQuery = queryOptions({
  queryKey: ["way-closures"],
  queryFn: ({ signal }) => read<{ closures: readonly Closure[]; out_of_service: readonly string[] }>("/api/routes/closures", signal),
});

export async function closePassage(passage: string, reason: string): Promise<void> {
  await askAsEditor("/api/routes/closures", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ passage, reason }) });
}

export async function reopenPassage(id: string): Promise<void> {
  await askAsEditor(`/api/routes/closures/${encodeURIComponent(id)}`, { method: "DELETE" });
}

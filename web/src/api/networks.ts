// Networks of pipes, ducts and cables: systems, what elements feed, what closing stops, what must not fail, and schematics.
import { queryOptions } from "@tanstack/react-query";
import { read } from "./assets.ts";
import { askAsEditor } from "./editor.ts";
import type { Position } from "./types.ts";

export interface Network {
  readonly id: string;
  readonly class?: string | null;
  readonly name?: string | null;
  readonly long_name?: string | null;
  readonly predefined_type?: string | null;
  readonly elements: number;
  readonly connections: number;
}

export interface NetworkElement {
  readonly id: string;
  readonly name: string | null;
  readonly tag: string | null;
  readonly class: string;
  readonly role: string;
  readonly symbol: string;
  readonly storey: string | null;
  readonly systems: readonly string[];
  readonly spaces: readonly string[];
  readonly asset: { readonly id: string; readonly tag: string; readonly name: string | null; readonly status: string } | null;
  readonly end?: boolean;
  readonly because?: readonly string[];
  readonly serves?: number;
}

export interface Room {
  readonly id: string;
  readonly name: string;
  readonly long_name?: string | null;
  readonly storey: string;
  readonly elements: number;
}

export interface Connection {
  readonly ends: readonly { readonly element: string; readonly medium: string | null }[];
  readonly direction: string;
}

interface Line {
  readonly geometry: { readonly coordinates: readonly Position[] } | null;
  readonly properties: { readonly element: string };
}

interface Drawn {
  readonly lines?: { readonly features: readonly Line[] };
}

export interface Traced extends Drawn {
  readonly start: readonly NetworkElement[];
  readonly sure: boolean;
  readonly elements: readonly NetworkElement[];
  readonly count: number;
  readonly connections: readonly Connection[];
  readonly spaces: readonly Room[];
}

export interface Isolated extends Drawn {
  readonly closed: readonly NetworkElement[];
  readonly isolated: readonly NetworkElement[];
  readonly stopped: readonly NetworkElement[];
  readonly dependent: readonly NetworkElement[];
  readonly sources: readonly NetworkElement[];
  readonly count: number;
  readonly spaces: readonly Room[];
}

export interface ShutOff {
  readonly element: NetworkElement;
  readonly media: readonly {
    readonly medium: string;
    readonly possible: boolean;
    readonly nearest: readonly NetworkElement[];
    readonly fewest: readonly NetworkElement[];
    readonly reached: readonly NetworkElement[];
  }[];
}

export interface Failing {
  readonly count: number;
  readonly elements: readonly NetworkElement[];
  readonly unserved: readonly NetworkElement[];
}

export const networksQuery = queryOptions({
  queryKey: ["networks"],
  queryFn: ({ signal }) => read<{ models: readonly Network[]; systems: readonly Network[] }>("/api/networks", signal),
  staleTime: 120_000,
});

const elementsOf = (ids: readonly string[]): string => ids.map((id) => `element=${encodeURIComponent(id)}`).join("&");

export const tracedQuery = (of: readonly string[], direction: "downstream" | "upstream" | "both", lines = true) =>
  queryOptions({
    queryKey: ["network-trace", of, direction, lines],
    queryFn: ({ signal }) => read<Traced>(`/api/networks/trace?${elementsOf(of)}&direction=${direction}&lines=${lines}`, signal),
    enabled: of.length > 0,
  });

export const isolatedQuery = (of: readonly string[]) =>
  queryOptions({
    queryKey: ["network-isolate", of],
    queryFn: ({ signal }) => read<Isolated>(`/api/networks/isolate?${elementsOf(of)}`, signal),
    enabled: of.length > 0,
  });

export const shutOffQuery = (of: string) =>
  queryOptions({
    queryKey: ["network-shut-off", of],
    queryFn: ({ signal }) => read<ShutOff>(`/api/networks/shut-off?${elementsOf([of])}`, signal),
    enabled: of !== "",
  });

export const failuresQuery = (network: string, enabled: boolean) =>
  queryOptions({
    queryKey: ["network-failures", network],
    queryFn: ({ signal }) => read<Failing>(`/api/networks/failures?network=${encodeURIComponent(network)}&limit=200`, signal),
    enabled,
  });

export const schematicQuery = (network: string, language: string) =>
  queryOptions({
    queryKey: ["network-schematic", network, language],
    queryFn: async ({ signal }) => (await askAsEditor(`/api/networks/${encodeURIComponent(network)}/schematic.svg?lang=${language}`, { signal, headers: { accept: "image/svg+xml" } })).text(),
    enabled: network !== "",
    staleTime: 120_000,
  });

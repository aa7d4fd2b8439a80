// Work on assets as the server keeps it: orders, plans, checklists, inspections, labels and calendars.
import { queryOptions } from "@tanstack/react-query";
import { askAsEditor } from "./editor.ts";
import type { Text } from "./types.ts";

export const orderStates = ["reported", "open", "assigned", "in-progress", "on-hold", "done", "closed", "cancelled"] as const;
export type OrderState = (typeof orderStates)[number];
export const priorities = ["emergency", "urgent", "normal", "low"] as const;
export type Priority = (typeof priorities)[number];
export type Origin = "fault" | "inspection" | "plan" | "manual" | "import";

export interface ChecklistItem {
  readonly key: string;
  readonly title: Text;
  readonly kind: "yes-no" | "number" | "choice" | "photo" | "text";
  /** UCUM, of a number. */
  readonly unit?: string;
  readonly low?: number;
  readonly high?: number;
  readonly choices?: Readonly<Record<string, Text>>;
  readonly required?: boolean;
  readonly value?: Answer | null;
  readonly good?: boolean | readonly string[];
}

export type Answer = boolean | number | string;

export interface Checklist {
  readonly id: string;
  readonly title: Text;
  readonly asset_class?: string;
  readonly items: readonly ChecklistItem[];
}

export interface Attachment {
  readonly sha256: string;
  readonly media: string;
  readonly name: string;
  readonly size: number;
}

interface Told {
  readonly by: string;
  readonly at: string;
}

/** What an order, an inspection or a report says of its asset. */
interface OfAsset {
  readonly asset: string | null;
  readonly asset_tag: string | null;
  readonly asset_name: string | null;
  readonly asset_class: string | null;
  readonly location: string | null;
  readonly location_path: string | null;
  readonly storey_name: string | null;
  readonly space_name: string | null;
}

/** Times are RFC 3339 moments; `starts_on` is a day. */
export interface Order extends OfAsset {
  readonly id: string;
  readonly number: string;
  readonly title: string;
  readonly description: string | null;
  readonly state: OrderState;
  readonly priority: Priority;
  readonly origin: Origin;
  readonly assignee: string | null;
  readonly reported_by: string | null;
  readonly reported_at: string;
  readonly starts_on: string | null;
  readonly due_at: string | null;
  readonly started_at: string | null;
  readonly done_at: string | null;
  readonly closed_at: string | null;
  readonly hold_reason: string | null;
  readonly cause: string | null;
  readonly remedy: string | null;
  readonly reopened: number | null;
  readonly checklist: Checklist | null;
  readonly attachments: readonly Attachment[] | null;
  readonly parts: readonly (Told & { readonly part: string; readonly count: number })[] | null;
  readonly labour: readonly (Told & { readonly minutes: number; readonly note: string })[] | null;
  readonly labour_minutes: number | null;
  readonly estimate_minutes: number | null;
  readonly comments: readonly (Told & { readonly text: string })[] | null;
  readonly inspection: string | null;
  readonly plan: string | null;
  readonly revision: number;
  readonly overdue: boolean;
  /** States that whoever asks may lead it to. */
  readonly ways: readonly OrderState[];
}

export interface OrdersPage {
  readonly orders: readonly Order[];
  readonly numberMatched: number;
}

/** What a list of orders, or figures, are narrowed to. */
export interface Narrowing {
  readonly state?: string;
  readonly assignee?: string;
  readonly priority?: string;
  readonly asset?: string;
  readonly asset_class?: string;
  readonly location?: string;
  readonly overdue?: string;
  readonly origin?: string;
  readonly since?: string;
}

export interface Entry {
  readonly number: number;
  readonly at: string;
  readonly who: string;
  readonly why: string;
  readonly what: string;
}

async function read<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await (await askAsEditor(path, signal ? { signal } : {})).json()) as T;
}

async function send<T>(path: string, body: unknown, etag = "", method = "POST"): Promise<T> {
  const headers = { "content-type": "application/json", ...(etag ? { "if-match": etag } : {}) };
  return (await (await askAsEditor(path, { method, headers, body: JSON.stringify(body) })).json()) as T;
}

function withQuery(path: string, params: object): string {
  const said = Object.entries(params).filter(([, value]) => value !== undefined && value !== "");
  return said.length ? `${path}?${new URLSearchParams(said.map(([name, value]): [string, string] => [name, String(value)]))}` : path;
}

const root = "/api/work-orders";
const orderPath = (id: string, ...below: readonly string[]): string => [root, ...[id, ...below].map(encodeURIComponent)].join("/");

/** The entity tag of an order as it was read. */
export function tagOf({ id, revision }: Pick<Order, "id" | "revision">): string {
  return `"${id}-${revision}"`;
}

const askEveryMs = 10_000;

export const ordersQuery = (narrowing: Narrowing, limit: number) =>
  queryOptions({
    queryKey: ["work", "orders", narrowing, limit],
    queryFn: ({ signal }) => read<OrdersPage>(withQuery(root, { ...narrowing, limit }), signal),
    refetchInterval: ({ state }) => (state.status === "error" ? false : askEveryMs),
    staleTime: 2000,
  });

/** One order, by its id or its number. */
export const orderQuery = (id: string) =>
  queryOptions({ queryKey: ["work", "order", id], queryFn: ({ signal }) => read<Order>(orderPath(id), signal), staleTime: 2000 });

export const orderHistoryQuery = (id: string, revision: number) =>
  queryOptions({
    queryKey: ["work", "history", id, revision],
    queryFn: async ({ signal }) => (await read<{ entries: readonly Entry[] }>(orderPath(id, "history"), signal)).entries,
  });

export type NewOrder = Partial<Record<"asset" | "description" | "priority" | "assignee" | "due_at" | "checklist", string>> & { readonly title: string };

export const raiseOrder = (given: NewOrder): Promise<Order> => send(root, given);
export const changeOrder = (order: Order, fields: object): Promise<Order> => send(orderPath(order.id), fields, tagOf(order), "PATCH");

/** What is told with a change of state. */
export type Said = Partial<Record<"reason" | "cause" | "remedy" | "assignee", string>>;

export const leadOrder = (order: Pick<Order, "id" | "revision">, state: OrderState, said: Said): Promise<Order> =>
  send(orderPath(order.id, "state"), { state, ...said }, tagOf(order));
export const commentOn = (id: string, text: string): Promise<Order> => send(orderPath(id, "comments"), { text });
export const noteLabour = (id: string, minutes: number, note: string): Promise<Order> => send(orderPath(id, "labour"), { minutes, note });
export const takePart = (id: string, part: string, count: number): Promise<Order> => send(orderPath(id, "parts"), { part, count });
export const tickItem = (id: string, key: string, value: Answer): Promise<Order> => send(orderPath(id, "checklist"), { [key]: value });

/** Sends a photo or PDF for an order. */
export async function attachTo(id: string, file: File): Promise<Order> {
  return (await (await askAsEditor(withQuery(orderPath(id, "attachments"), { name: file.name }), { method: "POST", body: file })).json()) as Order;
}

/** Bytes of an attachment: readers only, so that it is no address for a picture. */
export const attachmentQuery = (of: "work-orders" | "inspections", id: string, { sha256 }: Attachment) =>
  queryOptions({
    queryKey: ["attachment", sha256],
    queryFn: async ({ signal }) => (await askAsEditor(`/api/${of}/${encodeURIComponent(id)}/attachments/${sha256}`, { signal })).blob(),
    staleTime: Infinity,
  });

export const checklistsQuery = queryOptions({
  queryKey: ["checklists"],
  queryFn: async ({ signal }) => (await read<{ checklists: readonly Checklist[] }>("/api/checklists", signal)).checklists,
  staleTime: 60_000,
});

export interface Inspection extends OfAsset {
  readonly id: string;
  readonly title: string;
  readonly at: string;
  readonly who: string;
  readonly outcome: "pass" | "fail";
  readonly orders: readonly string[];
}

export const inspectionsQuery = (narrowing: { readonly asset?: string; readonly outcome?: string }, limit: number) =>
  queryOptions({
    queryKey: ["work", "inspections", narrowing, limit],
    queryFn: ({ signal }) =>
      read<{ inspections: readonly Inspection[]; numberMatched: number }>(withQuery("/api/inspections", { ...narrowing, limit }), signal),
    staleTime: 5000,
  });

export interface InspectionMade {
  readonly asset: string;
  readonly checklist: string;
  readonly answers: Readonly<Record<string, Answer>>;
  readonly order?: string;
  readonly attachments: readonly Attachment[];
  readonly remarks: string;
}

export const sendInspection = (made: InspectionMade): Promise<Inspection> => send("/api/inspections", made);

/** Keeps a photo that an inspection will name. */
export async function keepPhoto(photo: Blob, name: string): Promise<Attachment> {
  return (await (await askAsEditor(withQuery("/api/inspections/photos", { name }), { method: "POST", body: photo })).json()) as Attachment;
}

export interface Upcoming {
  /** Days on which plans ask for work. */
  readonly planned: readonly { readonly plan: string; readonly title: string; readonly day: string }[];
  /** Orders that are due. */
  readonly orders: readonly Order[];
}

/** What is to be done between two days (`2026-11-01`). */
export const upcomingQuery = (from: string, to: string) =>
  queryOptions({
    queryKey: ["work", "upcoming", from, to],
    queryFn: ({ signal }) => read<Upcoming>(`/api/maintenance-plans/upcoming?from=${from}&to=${to}`, signal),
    staleTime: 10_000,
  });

export interface Feed {
  readonly id: string;
  readonly url: string;
}

/** A calendar that programs subscribe to; its address is told this once. */
export const addFeed = (given: { readonly title: string; readonly asset?: string; readonly assignee?: string; readonly language: string }): Promise<Feed> =>
  send("/api/calendar-feeds", given);

interface Group {
  readonly backlog: number;
  readonly overdue: number;
  readonly done: number;
}

/** Figures of maintenance; hours, and shares from 0 to 1; null where there is nothing to make one from. */
export interface Figures {
  readonly orders: number;
  readonly backlog: {
    readonly count: number;
    readonly by_state: Readonly<Record<string, number>>;
    readonly by_priority: Readonly<Record<string, number>>;
  };
  readonly overdue: { readonly count: number; readonly median_late_h: number | null };
  readonly repairs: {
    readonly count: number;
    readonly mttr_h: number | null;
    readonly response_h: number | null;
    readonly in_time_share: number | null;
    readonly first_time_share: number | null;
  };
  readonly mtbf_h: number | null;
  readonly planned_share: number | null;
  readonly labour_h: number;
  readonly months: readonly { readonly month: string; readonly reported: number; readonly done: number; readonly mttr_h: number | null }[];
  readonly by_class: Readonly<Record<string, Group>>;
  readonly by_location: Readonly<Record<string, Group>>;
}

export const figuresQuery = (narrowing: Narrowing) =>
  queryOptions({
    queryKey: ["work", "figures", narrowing],
    queryFn: ({ signal }) => read<Figures>(withQuery(`${root}/figures`, { ...narrowing, months: 12 }), signal),
    refetchInterval: ({ state }) => (state.status === "error" ? false : 30_000),
  });

/** The label of an asset: the address that it leads to. */
export const labelQuery = (asset: string) =>
  queryOptions({
    queryKey: ["label", asset],
    queryFn: async ({ signal }) => (await read<{ url: string }>(`/api/asset-labels/${encodeURIComponent(asset)}?f=json`, signal)).url,
    staleTime: 60_000,
  });

/** A file of labels, for printing. */
export async function labelFile(asset: string, kind: "svg" | "png"): Promise<Blob> {
  return (await askAsEditor(`/api/asset-labels/${encodeURIComponent(asset)}?f=${kind}`)).blob();
}

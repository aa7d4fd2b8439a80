// Named views kept in this browser, and as a file for others. Pure but for the store of the browser.
import { fromQuery, toQuery, type View } from "../../url.ts";

const place = "csdi.bookmarks";
const format = "csdi-bookmarks";
const most = 200;
const longestName = 120;
const longestPicture = 60_000;

/** A named view. */
export interface Bookmark {
  readonly id: string;
  readonly name: string;
  /** The view as the address has it. */
  readonly query: string;
  /** Instant. */
  readonly made: string;
  /** A small picture as an address, "" without. */
  readonly picture: string;
}

export function kept(): readonly Bookmark[] {
  try {
    return read(JSON.parse(localStorage.getItem(place) ?? "[]"));
  } catch {
    return [];
  }
}

/** Keeps them; false where the browser has no room or keeps nothing. */
export function keep(bookmarks: readonly Bookmark[]): boolean {
  try {
    localStorage.setItem(place, JSON.stringify(bookmarks.slice(0, most)));
    return true;
  } catch {
    return false;
  }
}

/** What is worth going back to: the scene, not the pages beside it, nor the language, which is the reader's. */
export function queryOf(view: View): string {
  return toQuery({ ...view, place: "twin", language: null });
}

/** The view of a bookmark, in the language that is on. */
export function viewOf({ query }: Bookmark, now: View): View {
  return { ...fromQuery(query), place: "twin", language: now.language };
}

/** The file for others. */
export function written(bookmarks: readonly Bookmark[]): string {
  return JSON.stringify({ type: format, version: 1, bookmarks }, null, 2);
}

/** The bookmarks of such a file, null where it is none. */
export function readFile(text: string): readonly Bookmark[] | null {
  try {
    const whole = JSON.parse(text) as { type?: unknown; bookmarks?: unknown };
    return whole.type === format ? read(whole.bookmarks) : null;
  } catch {
    return null;
  }
}

/** Those that are there and those that come; of one id the one that comes, of one view and name but one. */
export function merged(there: readonly Bookmark[], coming: readonly Bookmark[]): readonly Bookmark[] {
  const ids = new Set(coming.map(({ id }) => id));
  const same = new Set(coming.map(({ name, query }) => `${name} ${query}`));
  return [...coming, ...there.filter(({ id, name, query }) => !ids.has(id) && !same.has(`${name} ${query}`))].slice(0, most);
}

/** What can be read; a query is read and written again, so that nothing but a view comes out of a file. */
function read(given: unknown): readonly Bookmark[] {
  if (!Array.isArray(given)) return [];
  return given.slice(0, most).flatMap((one: unknown): Bookmark[] => {
    const { id, name, query, made, picture } = (one ?? {}) as Record<string, unknown>;
    if (typeof name !== "string" || !name.trim() || typeof query !== "string") return [];
    const shown = typeof picture === "string" && picture.length < longestPicture && /^data:image\/(png|jpeg);base64,/.test(picture) ? picture : "";
    const when = typeof made === "string" && Number.isFinite(Date.parse(made)) ? made : "";
    return [{ id: typeof id === "string" && id ? id : newId(), name: name.trim().slice(0, longestName), query: toQuery(fromQuery(query)), made: when, picture: shown }];
  });
}

/** Where the page is not served securely, browsers have no `randomUUID`. */
export function newId(): string {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

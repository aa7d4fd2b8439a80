// Sentences with their numbers and names filled in. Pure.
import type { Language } from "../api/text.ts";
import { en, type Key, type Messages } from "./en.ts";
import { zhHans } from "./zh-hans.ts";
import { zhHant } from "./zh-hant.ts";

export type { Key };
export type Values = Readonly<Record<string, string | number>>;

/** The languages' own names. */
export const languageNames: Readonly<Record<Language, string>> = { en: "English", "zh-Hant": "繁體中文", "zh-Hans": "简体中文" };

export const messages: Readonly<Record<Language, Messages>> = { en, "zh-Hant": zhHant, "zh-Hans": zhHans };

/** The sentence of a key; numbers are grouped as the language groups them.
 *
 * `translate("en", "search.results", { n: 1200 })` is "1,200 results".
 */
export function translate(language: Language, key: Key, values: Values = {}): string {
  const [one, other] = messages[language][key].split("|") as [string, string | undefined];
  const sentence = other !== undefined && values["n"] !== 1 ? other : one;
  return sentence.replace(/\{(\w+)\}/g, (hole, name: string) => {
    const value = values[name];
    return typeof value === "number" ? formatNumber(language, value) : (value ?? hole);
  });
}

/** Whether there is a sentence of this name. */
export function isKey(text: string): text is Key {
  return text in en;
}

/** A number as the language writes it, with at most `digits` behind the point. */
export function formatNumber(language: Language, value: number, digits = 3): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value);
}

/** A number with exactly `digits` behind the point and no grouping: for coordinates that one copies. */
export function formatFixed(value: number, digits: number): string {
  return (Math.abs(value) < 0.5 * 10 ** -digits ? 0 : value).toFixed(digits);
}

/** Metres, or kilometres from ten of them on. */
export function formatDistance(language: Language, metres: number): string {
  const far = Math.abs(metres) >= 10_000;
  return `${formatNumber(language, far ? metres / 1000 : metres, far ? 1 : 0)} ${far ? "km" : "m"}`;
}

/** A duration in the unit that suits it. */
export function formatDuration(language: Language, seconds: number): string {
  if (seconds < 60) return `${formatNumber(language, seconds, 1)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
}

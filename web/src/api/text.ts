// Text for people out of data: the right language where there is one, any other where there is not.
import type { Properties, Text } from "./types.ts";

export const languages = ["en", "zh-Hant", "zh-Hans"] as const;
export type Language = (typeof languages)[number];

/** Each language's order of preference. */
const preference: Record<Language, readonly string[]> = {
  en: ["en", "zh-Hant", "zh-Hans"],
  "zh-Hant": ["zh-Hant", "zh-Hans", "en"],
  "zh-Hans": ["zh-Hans", "zh-Hant", "en"],
};

/** Ways in which data sets of Hong Kong name the field that holds a name, by language. */
const suffixes: Record<string, readonly string[]> = {
  en: ["name_en", "nameen", "name_eng", "engname", "englishname", "ename", "title_en"],
  "zh-Hant": ["name_zh_hant", "name_tc", "nametc", "name_zh", "name_chi", "chinesename", "chiname", "cname", "title_tc"],
  "zh-Hans": ["name_zh_hans", "name_sc", "namesc", "title_sc"],
};

const plain = ["name", "title", "label", "building_name", "nsearch", "ref", "code", "number"];

/** The text in the language, else in the nearest one that it has, else "". */
export function say(text: Text | null | undefined, language: Language): string {
  if (text == null) return "";
  if (typeof text === "string") return text;
  for (const tag of preference[language]) if (text[tag]) return text[tag];
  return Object.values(text).find(Boolean) ?? "";
}

/** A Feature's name from its attributes in the language, else "". */
export function nameOf(properties: Properties, language: Language): string {
  const fields = new Map(Object.entries(properties).map(([key, value]) => [key.toLowerCase(), value]));
  const candidates = preference[language].flatMap((tag) => suffixes[tag] ?? []);
  const ordered = language === "en" ? [...suffixes["en"]!, ...plain, ...candidates] : [...candidates, ...plain];
  for (const key of ordered) {
    const value = fields.get(key);
    if (typeof value === "string" && value.trim()) return value.trim();
    if (typeof value === "number") return String(value);
  }
  return "";
}

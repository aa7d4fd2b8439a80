// Text for people out of data: the right language where there is one, any other where there is not.
import type { Properties, Text } from "./types.ts";

export const languages = ["en", "zh-Hant", "zh-Hans"] as const;
export type Language = (typeof languages)[number];

/** Each language's order of preference. */
const preference: Readonly<Record<Language, readonly Language[]>> = {
  en: ["en", "zh-Hant", "zh-Hans"],
  "zh-Hant": ["zh-Hant", "zh-Hans", "en"],
  "zh-Hans": ["zh-Hans", "zh-Hant", "en"],
};

/** How field names end that hold a name in a language: `name_en`, `OFFICIALBUILDINGNAMETC`, `title_zh_hant`. */
const endings: Readonly<Record<Language, RegExp>> = {
  en: /(name|title)_?(en|eng|english)$/,
  "zh-Hant": /(name|title)_?(tc|zh|chi|chinese|zh_?hant)$/,
  "zh-Hans": /(name|title)_?(sc|chs|zh_?hans)$/,
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
  const inLanguage = (tag: Language): string[] => [...fields.keys()].filter((key) => endings[tag].test(key));
  const [own, ...others] = preference[language] as [Language, ...Language[]];
  const rest = others.flatMap(inLanguage);
  const ordered = language === "en" ? [...inLanguage(own), ...plain, ...rest] : [...inLanguage(own), ...rest, ...plain];
  for (const key of ordered) {
    const value = fields.get(key);
    if (typeof value === "string" && value.trim()) return value.trim();
    if (typeof value === "number") return String(value);
  }
  return "";
}

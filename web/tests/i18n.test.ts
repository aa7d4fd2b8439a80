import { expect, test } from "vitest";
import { languages } from "../src/api/text.ts";
import { formatDistance, formatDuration, formatFixed, messages, translate, type Key } from "../src/i18n/translate.ts";

const keys = Object.keys(messages.en) as Key[];
const holes = (sentence: string): string[] => [...sentence.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!).sort();

test.each(languages)("%s says everything, with the same holes as English", (language) => {
  expect(Object.keys(messages[language]).sort()).toEqual([...keys].sort());
  for (const key of keys) {
    expect(messages[language][key].trim(), key).not.toBe("");
    expect(holes(messages[language][key].split("|")[0]!), key).toEqual(holes(messages.en[key].split("|")[0]!));
  }
});

test("Chinese sentences are not left in English", () => {
  const same = keys.filter((key) => messages["zh-Hant"][key] === messages.en[key]);
  expect(same).toEqual(["inspector.json", "field.globalId", "overview.endpoint"]);
});

test("the two Chinese scripts are not mixed up", () => {
  const simplifiedOnly = /[层图选误项显资无个误坐标请运]/;
  const traditionalOnly = /[層圖選誤項顯資無個標請運]/;
  for (const key of keys) {
    expect(messages["zh-Hant"][key].replace(/坐/g, ""), key).not.toMatch(new RegExp(simplifiedOnly.source.replace("坐", "")));
    expect(messages["zh-Hans"][key], key).not.toMatch(traditionalOnly);
  }
});

test("numbers are filled in, grouped, and choose between one and many", () => {
  expect(translate("en", "search.results", { n: 1 })).toBe("1 result");
  expect(translate("en", "search.results", { n: 1200 })).toBe("1,200 results");
  expect(translate("zh-Hant", "search.results", { n: 1200 })).toBe("1,200 項結果");
});

test("distances and durations are in the unit that suits them", () => {
  expect(formatDistance("en", 329.4)).toBe("329 m");
  expect(formatDistance("en", 12_340)).toBe("12.3 km");
  expect(formatDuration("en", 8.25)).toBe("8.3 s");
  expect(formatDuration("en", 190)).toBe("3 min 10 s");
  expect(formatFixed(-0.0001, 2)).toBe("0.00");
});

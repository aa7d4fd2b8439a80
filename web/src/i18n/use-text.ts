// The sentences of the page in the language that is on.
import { useCallback } from "react";
import { say as sayIn, type Language } from "../api/text.ts";
import type { Text } from "../api/types.ts";
import { useLanguage } from "../state.ts";
import { formatNumber, translate, type Key, type Values } from "./translate.ts";

export interface Words {
  readonly language: Language;
  /** A sentence of the page. */
  readonly t: (key: Key, values?: Values) => string;
  /** Text that comes with the data. */
  readonly say: (text: Text | null | undefined) => string;
  readonly number: (value: number, digits?: number) => string;
}

export function useText(): Words {
  const language = useLanguage();
  return {
    language,
    t: useCallback((key, values) => translate(language, key, values), [language]),
    say: useCallback((text) => sayIn(text, language), [language]),
    number: useCallback((value, digits) => formatNumber(language, value, digits), [language]),
  };
}

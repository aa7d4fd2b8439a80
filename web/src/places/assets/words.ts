// What classes, states and values of assets are called.
import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { rulesQuery } from "../../api/assets.ts";
import { isKey } from "../../i18n/translate.ts";
import { useText } from "../../i18n/use-text.ts";
import { show, structured } from "../../panels/element.ts";

export interface AssetWords {
  /** Name of a field. */
  readonly field: (name: string) => string;
  /** A value of a field. */
  readonly value: (name: string, value: unknown) => string;
  /** An asset's name in the reader's language, else its tag. */
  readonly nameOf: (asset: Named) => string;
}

export interface Named {
  readonly tag?: string | null | undefined;
  readonly name?: string | null | undefined;
  readonly name_zh?: string | null | undefined;
}

export function useAssetWords(): AssetWords {
  const { t, say, language, number } = useText();
  const { data } = useQuery(rulesQuery);
  const names = useMemo(
    () => ({
      asset_class: new Map(data?.classes.map(({ key, names }) => [key, names])),
      category: new Map(data?.categories.map(({ key, names }) => [key, names])),
    }),
    [data],
  );
  const field = useCallback(
    (name: string) => {
      const key = `asset.field.${name}`;
      return isKey(key) ? t(key) : name;
    },
    [t],
  );
  const value = useCallback(
    (name: string, given: unknown): string => {
      if (given === null || given === undefined || given === "") return "";
      if (name === "asset_class" || name === "category") return say(names[name].get(String(given))) || String(given);
      const key = `asset.${name}.${String(given)}`;
      if (isKey(key)) return t(key);
      return typeof given === "number" ? number(given) : textOf(given);
    },
    [names, say, t, number],
  );
  const nameOf = useCallback(
    ({ tag, name, name_zh }: Named) => (language === "en" ? name : name_zh || name) || tag || "",
    [language],
  );
  return { field, value, nameOf };
}

/** A value as text; what has a name is called by it. */
function textOf(given: unknown): string {
  const value = structured(given);
  if (Array.isArray(value)) return value.map(textOf).join(", ");
  const name = typeof value === "object" && value !== null ? (value as { name?: unknown }).name : undefined;
  return typeof name === "string" && name ? name : show(value);
}

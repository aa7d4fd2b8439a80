// The tag of an asset, with those that fit what has been typed.
import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useId } from "react";
import { suggestionsQuery } from "../../../api/assets.ts";
import { nameOf } from "../../../api/text.ts";
import { useText } from "../../../i18n/use-text.ts";

export function AssetField({ value, onChange, required = false }: { value: string; onChange: (tag: string) => void; required?: boolean }) {
  const { t, language } = useText();
  const id = useId();
  const { data } = useQuery(suggestionsQuery(useDeferredValue(value.trim())));
  return (
    <div className="field">
      <label htmlFor={id}>{t("work.asset")}</label>
      <input id={id} list={`${id}list`} required={required} autoComplete="off" value={value} onChange={(event) => onChange(event.target.value)} />
      <datalist id={`${id}list`}>
        {data?.map((one) => (
          <option key={one.id} value={one.tag}>
            {nameOf({ name: one.name, name_zh: one.name_zh }, language)}
          </option>
        ))}
      </datalist>
    </div>
  );
}

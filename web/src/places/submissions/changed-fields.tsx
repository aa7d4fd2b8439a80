// The fields that a change touches: what was, and what is now.
import { useText } from "../../i18n/use-text.ts";
import { show } from "../../panels/element.ts";

/** Fields with their values before and now. */
export function ChangedFields({ fields }: { readonly fields: Readonly<Record<string, readonly [old: unknown, now: unknown]>> }) {
  const { t } = useText();
  const rows = Object.entries(fields);
  if (rows.length === 0) return null;
  return (
    <dl className="fields">
      {rows.map(([field, [old, now]]) => (
        <div key={field}>
          <dt>{field}</dt>
          <dd>
            <del>{show(old) || t("inspector.empty")}</del> → <ins>{show(now) || t("inspector.empty")}</ins>
          </dd>
        </div>
      ))}
    </dl>
  );
}

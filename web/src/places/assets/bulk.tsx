// One value for many assets: seen before it is written, and told for each that could not be changed.
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { changeAsset, revisionTag, type AssetRow } from "../../api/assets.ts";
import { Problem } from "../../api/problem.ts";
import { useText } from "../../i18n/use-text.ts";
import { Button } from "../../ui/button.tsx";
import { ValueField } from "./value-field.tsx";
import { useAssetWords } from "./words.ts";

/** Fields that one gives the same value to. */
const fields = ["status", "condition", "criticality", "warranty_end", "installed_on", "manufacturer", "product", "supplier", "description"] as const;
type BulkField = (typeof fields)[number];
const mostShown = 200;

interface Failed {
  readonly row: AssetRow;
  readonly problem: Problem;
}

interface Props {
  readonly rows: readonly AssetRow[];
  readonly onDone: (failed: readonly AssetRow[]) => void;
  readonly onCancel: () => void;
}

export function BulkEdit({ rows, onDone, onCancel }: Props) {
  const { t } = useText();
  const words = useAssetWords();
  const queries = useQueryClient();
  const [field, setField] = useState<BulkField>("status");
  const [value, setValue] = useState<unknown>("in-service");
  const [why, setWhy] = useState("");
  const [previewed, setPreviewed] = useState(false);
  const [done, setDone] = useState<number | null>(null);
  const [failed, setFailed] = useState<readonly Failed[]>([]);
  const known = (row: AssetRow): boolean => field in row;
  const before = (row: AssetRow): unknown => (row as unknown as Record<string, unknown>)[field] ?? null;
  const changed = rows.filter((row) => !known(row) || before(row) !== (value === "" ? null : value));

  const apply = async (): Promise<void> => {
    const wrong: Failed[] = [];
    for (const [at, row] of changed.entries()) {
      setDone(at);
      try {
        await changeAsset(row.id, { [field]: value === "" ? null : value }, revisionTag(row.revision), why);
      } catch (thrown) {
        wrong.push({ row, problem: Problem.of(thrown) });
      }
    }
    setDone(null);
    setFailed(wrong);
    for (const name of ["asset", "asset-facets", "asset-marks", "asset-history", "asset-feature"]) void queries.invalidateQueries({ queryKey: [name] });
    if (wrong.length === 0) onDone([]);
  };
  return (
    <form
      className="edit bulk"
      aria-label={t("assets.bulk")}
      onSubmit={(event) => {
        event.preventDefault();
        if (previewed) void apply();
        else setPreviewed(true);
      }}
    >
      <h2>{t("assets.bulk.of", { n: rows.length })}</h2>
      <div className="bulk-fields">
        <label className="field">
          {t("assets.bulk.field")}
          <select
            value={field}
            onChange={(event) => {
              const chosen = event.target.value as BulkField;
              setField(chosen);
              setValue(chosen === "status" ? "in-service" : "");
              setPreviewed(false);
            }}
          >
            {fields.map((one) => (
              <option key={one} value={one}>
                {words.field(one)}
              </option>
            ))}
          </select>
        </label>
        <ValueField
          label={t("assets.bulk.value")}
          name={field}
          value={value}
          onChange={(next) => {
            setValue(next);
            setPreviewed(false);
          }}
        />
        <label className="field">
          {t("assets.why")}
          <input value={why} maxLength={1000} onChange={(event) => setWhy(event.target.value)} />
        </label>
      </div>
      {previewed && (
        <div className="table-scroll" tabIndex={0} role="region" aria-label={t("assets.bulk.preview")}>
          <p role="status">{t("assets.bulk.changes", { n: changed.length, same: rows.length - changed.length })}</p>
          <table>
            <thead>
              <tr>
                <th scope="col">{words.field("tag")}</th>
                <th scope="col">{t("assets.before")}</th>
                <th scope="col">{t("assets.after")}</th>
              </tr>
            </thead>
            <tbody>
              {changed.slice(0, mostShown).map((row) => (
                <tr key={row.id}>
                  <th scope="row">{row.tag}</th>
                  <td>{known(row) ? words.value(field, before(row)) || "–" : "…"}</td>
                  <td>{words.value(field, value) || "–"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {done !== null && <progress aria-label={t("assets.bulk.writing", { done, n: changed.length })} value={done} max={changed.length} />}
      {failed.length > 0 && (
        <div className="trouble" role="alert">
          <p>{t("assets.bulk.failed", { n: failed.length })}</p>
          <ul>
            {failed.map(({ row, problem }) => (
              <li key={row.id}>
                {row.tag}: {problem.status === 412 ? t("assets.conflict.short") : problem.message}
              </li>
            ))}
          </ul>
        </div>
      )}
      <div className="record-actions">
        {failed.length === 0 ? (
          <Button type="submit" className="primary" disabled={done !== null || (previewed && changed.length === 0)}>
            {previewed ? t("assets.bulk.apply", { n: changed.length }) : t("assets.bulk.preview")}
          </Button>
        ) : (
          <Button className="primary" onClick={() => onDone(failed.map(({ row }) => row))}>
            {t("assets.bulk.readAgain")}
          </Button>
        )}
        <Button onClick={onCancel}>{t("edit.cancel")}</Button>
      </div>
    </form>
  );
}


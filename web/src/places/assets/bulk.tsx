// One value for many assets: the server says what would change, then makes it; what was made can be taken back at once.
import { useEffect, useRef, useState } from "react";
import type { Asked } from "../../api/assets.ts";
import type { BulkLook, BulkRow } from "../../api/bulk.ts";
import { isKey } from "../../i18n/translate.ts";
import { useText } from "../../i18n/use-text.ts";
import { Button } from "../../ui/button.tsx";
import { Trouble } from "../submissions/trouble.tsx";
import { useBulk, type Bulk } from "./use-bulk.ts";
import { ValueField } from "./value-field.tsx";
import { useAssetWords } from "./words.ts";

/** Fields that one gives the same value to. */
const fields = ["status", "condition", "criticality", "warranty_end", "installed_on", "manufacturer", "product", "supplier", "description"] as const;
type BulkField = (typeof fields)[number];
const mostShown = 200;

interface Props {
  /** What finds the assets, and how many they are. */
  readonly asked: Pick<Asked, "filter" | "text">;
  readonly count: number;
  /** Something was changed. */
  readonly onChanged: () => void;
  readonly onClose: () => void;
}

export function BulkEdit({ asked, count, onChanged, onClose }: Props) {
  const { t } = useText();
  const words = useAssetWords();
  const bulk = useBulk();
  const [field, setField] = useState<BulkField>("status");
  const [value, setValue] = useState<unknown>("in-service");
  const [why, setWhy] = useState("");
  const [leaveOut, setLeaveOut] = useState(false);
  const { look, working } = bulk;
  const isDone = look?.state === "done";
  const made = isDone ? look.token : "";
  useEffect(() => {
    if (made) onChanged();
    // Once for each edit that was made.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [made]);
  const counts = look?.preview?.counts;
  const broken = counts ? counts.error + counts.conflict : 0;
  const put = (next: unknown): void => {
    setValue(next);
    bulk.forget();
  };
  return (
    <form
      className="edit bulk"
      aria-label={t("assets.bulk")}
      aria-busy={working !== null}
      onSubmit={(event) => {
        event.preventDefault();
        if (look) bulk.apply(leaveOut, why);
        else bulk.seek(asked, { [field]: value === "" ? null : value });
      }}
    >
      <h2>{t("assets.bulk.of", { n: count })}</h2>
      {!isDone && (
        <fieldset className="bulk-fields" disabled={working !== null}>
          <label className="field">
            {t("assets.bulk.field")}
            <select
              value={field}
              onChange={(event) => {
                const chosen = event.target.value as BulkField;
                setField(chosen);
                put(chosen === "status" ? "in-service" : "");
              }}
            >
              {fields.map((one) => (
                <option key={one} value={one}>
                  {words.field(one)}
                </option>
              ))}
            </select>
          </label>
          <ValueField label={t("assets.bulk.value")} name={field} value={value} onChange={put} />
          <label className="field">
            {t("assets.why")}
            <input value={why} maxLength={1000} onChange={(event) => setWhy(event.target.value)} />
          </label>
        </fieldset>
      )}
      {look?.state === "ready" && <Preview look={look} />}
      {look?.state === "ready" && broken > 0 && (
        <label className="bulk-leave">
          <input type="checkbox" checked={leaveOut} onChange={(event) => setLeaveOut(event.target.checked)} />
          {t("assets.bulk.leaveOut", { n: broken })}
        </label>
      )}
      {working && <Working look={look} state={working} />}
      {isDone && !working && <Result look={look} bulk={bulk} why={why} />}
      <Trouble problem={bulk.problem} />
      <div className="record-actions">
        {!isDone && (
          <Button type="submit" className="primary" disabled={working !== null || (look !== null && (!counts?.changed || (broken > 0 && !leaveOut)))}>
            {look?.state === "ready" || working === "applying" ? t("assets.bulk.apply", { n: counts?.changed ?? 0 }) : t("assets.bulk.preview")}
          </Button>
        )}
        <Button onClick={onClose}>{t(isDone || working === "applying" ? "assets.bulk.close" : "edit.cancel")}</Button>
      </div>
    </form>
  );
}

/** What would change: how many, and the first of them; those that cannot be changed first. */
function Preview({ look }: { look: BulkLook }) {
  const { t } = useText();
  const words = useAssetWords();
  const { counts, rows } = look.preview!;
  const shown = rows.slice(0, mostShown);
  const more = counts.changed + counts.error + counts.conflict - shown.length;
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={t("assets.bulk.preview")}>
      <p role="status">{t("assets.bulk.changes", { n: counts.changed, same: counts.unchanged })}</p>
      {counts.error + counts.conflict > 0 && <p role="alert">{t("assets.bulk.failed", { n: counts.error + counts.conflict })}</p>}
      {shown.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">{words.field("tag")}</th>
              <th scope="col">{t("assets.before")}</th>
              <th scope="col">{t("assets.after")}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <Line key={row.id} row={row} />
            ))}
          </tbody>
        </table>
      )}
      {more > 0 && <p>{t("assets.bulk.more", { n: more })}</p>}
    </div>
  );
}

function Line({ row }: { row: BulkRow }) {
  const { t } = useText();
  const words = useAssetWords();
  const [change] = row.changes;
  const says = ({ code, message }: BulkRow["findings"][number]): string => {
    const key = `assets.refused.${code}`;
    return isKey(key) ? t(key) : message;
  };
  return (
    <tr data-kind={row.kind}>
      <th scope="row">{row.tag}</th>
      <td>{(change && words.value(change.column, change.old)) || "–"}</td>
      <td>{row.kind === "changed" ? (change && words.value(change.column, change.new)) || "–" : row.findings.map(says).join(" ")}</td>
    </tr>
  );
}

function Working({ look, state }: { look: BulkLook | null; state: BulkLook["state"] }) {
  const { t } = useText();
  const total = look?.total ?? 0;
  const done = look?.done ?? 0;
  const says = t(state === "applying" ? "assets.bulk.applying" : "assets.bulk.looking");
  return (
    <p className="bulk-working" role="status">
      {says}
      <progress aria-label={says} {...(total ? { value: done, max: total } : {})} />
    </p>
  );
}

/** What was made, and the way back. */
function Result({ look, bulk, why }: { look: BulkLook; bulk: Bulk; why: string }) {
  const { t } = useText();
  const { changed, left_out, refused_chunks } = look.result!;
  const shown = useRef<HTMLDivElement>(null);
  useEffect(() => shown.current?.focus(), []);
  return (
    <div className="bulk-result" ref={shown} tabIndex={-1} role="status" data-batch={look.result!.batch}>
      <p>{t(bulk.isBack ? "assets.bulk.isBack" : "assets.bulk.made", { n: changed })}</p>
      {left_out > 0 && <p>{t("assets.bulk.left", { n: left_out })}</p>}
      {refused_chunks > 0 && <p>{t("assets.bulk.refused", { n: refused_chunks })}</p>}
      {changed > 0 && !bulk.isBack && <Button onClick={() => bulk.takeBack(why)}>{t("assets.bulk.takeBack")}</Button>}
    </div>
  );
}

// An asset being edited: the server says what cannot be, and what somebody else changed meanwhile is shown before it is overwritten.
import { useState } from "react";
import { assetQuery, changeAsset, type Asset, type Opened } from "../../api/assets.ts";
import { useQueryClient } from "@tanstack/react-query";
import type { Refusal } from "../../api/problem.ts";
import { useText } from "../../i18n/use-text.ts";
import { Button } from "../../ui/button.tsx";
import { Trouble } from "../submissions/trouble.tsx";
import { useAssetAction } from "./action.ts";
import { ValueField } from "./value-field.tsx";
import { useAssetWords } from "./words.ts";

const groups = [
  ["tag", "name", "name_zh", "description"],
  ["status", "condition", "criticality"],
  ["manufacturer", "product", "serial", "supplier"],
  ["installed_on", "commissioned_on", "warranty_end", "expected_life_years", "cost", "currency"],
] as const;
const prefix = "properties.";

type Draft = Readonly<Record<string, unknown>>;

export function AssetEdit({ opened, onDone }: { opened: Opened; onDone: () => void }) {
  const { t, say } = useText();
  const words = useAssetWords();
  const queries = useQueryClient();
  const action = useAssetAction();
  const [base, setBase] = useState(opened);
  const [draft, setDraft] = useState<Draft>({});
  const [why, setWhy] = useState("");
  const [theirs, setTheirs] = useState<Opened | null>(null);
  const { asset } = base;
  const attributes = asset.template?.attributes ?? [];
  const put = (name: string, value: unknown): void => setDraft({ ...draft, [name]: value });
  const valueAt = (name: string): unknown => (name in draft ? draft[name] : valueOf(asset, name));
  const refusals = new Map((action.problem?.findings ?? []).map((one) => [one.subject, one]));
  const refusalOf = (name: string): Refusal | undefined => refusals.get(name) ?? refusals.get(name.replace(prefix, ""));
  const names = Object.keys(draft).filter((name) => !same(draft[name], valueOf(asset, name)));

  const send = (against: Opened): void =>
    void action
      .run(() => changeAsset(asset.id, patchOf(draft, names), against.etag, why))
      .then(async (done) => {
        if (done) return onDone();
        setTheirs(null);
      });
  const compare = async (): Promise<void> => setTheirs(await queries.fetchQuery({ ...assetQuery(asset.id), staleTime: 0 }));
  const conflict = action.problem?.status === 412;
  const called = (name: string): string => {
    const attribute = attributes.find(({ key }) => prefix + key === name);
    return attribute ? say(attribute.names) : words.field(name);
  };
  return (
    <form
      className="edit asset-edit"
      aria-label={t("assets.edit")}
      onSubmit={(event) => {
        event.preventDefault();
        send(base);
      }}
    >
      {groups.map((fields) => (
        <fieldset key={fields[0]}>
          <legend>{t(`assets.group.${fields[0]}`)}</legend>
          <div className="edit-fields">
            {fields.map((name) => (
              <ValueField key={name} label={words.field(name)} name={name} value={valueAt(name)} onChange={(value) => put(name, value)} refusal={refusalOf(name)} required={name === "tag"} />
            ))}
          </div>
        </fieldset>
      ))}
      {attributes.length > 0 && (
        <fieldset>
          <legend>{words.field("properties")}</legend>
          <div className="edit-fields">
            {attributes.map(({ key, names: title, unit, type, enum: options }) => (
              <ValueField
                key={key}
                label={say(title) || key}
                name={prefix + key}
                unit={unit}
                type={type}
                options={options}
                value={valueAt(prefix + key)}
                onChange={(value) => put(prefix + key, value)}
                refusal={refusalOf(prefix + key)}
              />
            ))}
          </div>
        </fieldset>
      )}
      <label className="field">
        {t("assets.why")}
        <input value={why} maxLength={1000} onChange={(event) => setWhy(event.target.value)} />
      </label>
      {conflict && !theirs && (
        <div className="trouble" role="alert">
          <p>{t("assets.conflict")}</p>
          <Button onClick={() => void compare()}>{t("assets.conflict.compare")}</Button>
        </div>
      )}
      {!conflict && <Trouble problem={action.problem} />}
      {theirs && (
        <Conflict
          names={names}
          called={called}
          mine={draft}
          theirs={theirs.asset}
          onTake={(name) => setDraft(Object.fromEntries(Object.entries(draft).filter(([one]) => one !== name)))}
          onKeep={() => {
            setBase(theirs);
            send(theirs);
          }}
        />
      )}
      <div className="record-actions">
        <Button type="submit" className="primary" disabled={action.busy || names.length === 0 || theirs !== null}>
          {t("assets.save", { n: names.length })}
        </Button>
        <Button onClick={onDone}>{t("edit.cancel")}</Button>
      </div>
    </form>
  );
}

interface ConflictProps {
  readonly names: readonly string[];
  readonly called: (name: string) => string;
  readonly mine: Draft;
  readonly theirs: Asset;
  readonly onTake: (name: string) => void;
  readonly onKeep: () => void;
}

/** What one wrote beside what is there now. */
function Conflict({ names, called, mine, theirs, onTake, onKeep }: ConflictProps) {
  const { t } = useText();
  const words = useAssetWords();
  return (
    <div className="conflict" role="alert">
      <p>{t("assets.conflict.now")}</p>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("assets.bulk.field")}</th>
            <th scope="col">{t("assets.conflict.theirs")}</th>
            <th scope="col">{t("assets.conflict.mine")}</th>
            <th scope="col">
              <span className="unseen">{t("assets.conflict.take")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {names.map((name) => (
            <tr key={name}>
              <th scope="row">{called(name)}</th>
              <td>{words.value(name, valueOf(theirs, name)) || "–"}</td>
              <td>{words.value(name, mine[name]) || "–"}</td>
              <td>
                <button type="button" className="link" onClick={() => onTake(name)}>
                  {t("assets.conflict.take")}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Button className="primary" onClick={onKeep} disabled={names.length === 0}>
        {t("assets.conflict.keep")}
      </Button>
    </div>
  );
}

function valueOf(asset: Asset, name: string): unknown {
  if (!name.startsWith(prefix)) return asset[name] ?? null;
  return ((asset["properties"] ?? {}) as Record<string, unknown>)[name.slice(prefix.length)] ?? null;
}

function same(one: unknown, other: unknown): boolean {
  return (one === "" ? null : one) === other;
}

/** A merge patch of the changed fields: an empty one is taken away. */
function patchOf(draft: Draft, names: readonly string[]): object {
  const patch: Record<string, unknown> = {};
  const properties: Record<string, unknown> = {};
  for (const name of names) {
    const value = draft[name] === "" ? null : draft[name];
    if (name.startsWith(prefix)) properties[name.slice(prefix.length)] = value;
    else patch[name] = value;
  }
  return Object.keys(properties).length ? { ...patch, properties } : patch;
}

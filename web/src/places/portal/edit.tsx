// Editing of a Record: what people say of the data, in three languages.
import { useState } from "react";
import { changeRecord } from "../../api/editor.ts";
import { Problem } from "../../api/problem.ts";
import type { EditableRecord, RecordDocument } from "../../api/records.ts";
import { languages, type Language } from "../../api/text.ts";
import type { Text } from "../../api/types.ts";
import { useProblemText } from "../../i18n/problem-text.ts";
import { languageNames, type Key } from "../../i18n/translate.ts";
import { useText } from "../../i18n/use-text.ts";
import { Button } from "../../ui/button.tsx";
import { SignIn } from "./sign-in.tsx";

const frequencies = ["continual", "daily", "weekly", "fortnightly", "monthly", "quarterly", "biannually", "annually", "asNeeded", "irregular", "notPlanned", "unknown"] as const;
const spoken = ["title", "description", "keywords", "lineage", "quality"] as const;
type Spoken = (typeof spoken)[number];
type Draft = Record<string, string>;

export function Edit({ record, onDone }: { record: EditableRecord; onDone: () => void }) {
  const { t } = useText();
  const words = useProblemText();
  const [first] = useState(() => draftOf(record.document));
  const [draft, setDraft] = useState(first);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const set = (name: string, value: string): void => setDraft((now) => ({ ...now, [name]: value }));
  const save = (): void => {
    setBusy(true);
    changeRecord(record.document.id, editOf(first, draft), record.etag)
      .then(onDone, (thrown: unknown) => setProblem(Problem.of(thrown)))
      .finally(() => setBusy(false));
  };
  const told = problem && words(problem);
  return (
    <form
      className="edit"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <SignIn />
      {languages.map((language) => (
        <fieldset key={language} lang={language}>
          <legend>{languageNames[language]}</legend>
          {spoken.map((name) => (
            <Field key={name} label={t(`record.${name}` as Key)} long={name !== "title" && name !== "keywords"} value={draft[`${name}.${language}`] ?? ""} onChange={(value) => set(`${name}.${language}`, value)} />
          ))}
        </fieldset>
      ))}
      <fieldset>
        <legend>{t("record.general")}</legend>
        <Field label={t("record.licence")} value={draft["licence"] ?? ""} onChange={(value) => set("licence", value)} />
        <label className="field">
          {t("record.frequency")}
          <select value={draft["update_frequency"] ?? ""} onChange={(event) => set("update_frequency", event.target.value)}>
            <option value=""></option>
            {frequencies.map((one) => (
              <option key={one} value={one}>
                {t(`updateFrequency.${one}`)}
              </option>
            ))}
          </select>
        </label>
      </fieldset>
      {told && (
        <p className="hint bad" role="alert">
          {[told.title, told.text, told.remedy].filter(Boolean).join(" ")} <small>{told.footnote}</small>
        </p>
      )}
      <div className="record-actions">
        <Button type="submit" disabled={busy}>
          {t("edit.save")}
        </Button>
        <Button onClick={onDone}>{t("edit.cancel")}</Button>
      </div>
    </form>
  );
}

function Field({ label, value, long, onChange }: { label: string; value: string; long?: boolean; onChange: (value: string) => void }) {
  return (
    <label className="field">
      {label}
      {long ? (
        <textarea rows={2} value={value} onChange={(event) => onChange(event.target.value)} />
      ) : (
        <input type="text" value={value} onChange={(event) => onChange(event.target.value)} />
      )}
    </label>
  );
}

function draftOf(document: RecordDocument): Draft {
  const said = spoken.flatMap((name) => languages.map((language) => [`${name}.${language}`, textOf(document[name], language)] as const));
  return { ...Object.fromEntries(said), licence: document.licence ?? "", update_frequency: document.update_frequency ?? "" };
}

function textOf(text: Text | RecordDocument["keywords"], language: Language): string {
  if (!text) return "";
  if (typeof text === "string") return language === "en" ? text : "";
  const found: string | readonly string[] | undefined = text[language];
  return typeof found === "string" ? found : (found ?? []).join(", ");
}

/** The parts that differ, as the API takes them; a part that was emptied is taken back. */
function editOf(before: Draft, after: Draft): object {
  const edit: Record<string, unknown> = {};
  for (const name of ["licence", "update_frequency"]) if (after[name] !== before[name]) edit[name] = after[name]?.trim() || null;
  for (const name of spoken) {
    if (languages.every((language) => after[`${name}.${language}`] === before[`${name}.${language}`])) continue;
    const said = languages.flatMap((language) => saidIn(name, after[`${name}.${language}`] ?? "", language));
    edit[name] = said.length ? Object.fromEntries(said) : null;
  }
  return edit;
}

function saidIn(name: Spoken, text: string, language: Language): [Language, string | string[]][] {
  if (!text.trim()) return [];
  if (name !== "keywords") return [[language, text.trim()]];
  return [[language, text.split(/[,，、]/).map((word) => word.trim()).filter(Boolean)]];
}

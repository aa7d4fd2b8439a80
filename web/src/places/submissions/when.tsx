// A moment in the reader's own clock; one that is over is marked where something was due.
import { useText } from "../../i18n/use-text.ts";

export function When({ at, due = false }: { at: string; due?: boolean }) {
  const { t, language } = useText();
  const moment = Date.parse(at);
  if (Number.isNaN(moment)) return null;
  const late = due && moment < Date.now();
  return (
    <time dateTime={at} className={late ? "late" : undefined}>
      {new Date(moment).toLocaleString(language, { dateStyle: "medium", timeStyle: "short" })}
      {late && ` · ${t("party.late")}`}
    </time>
  );
}

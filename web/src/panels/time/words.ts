// Instants in words, as clocks in Hong Kong show them.
import type { Language } from "../../api/text.ts";

const timeZone = "Asia/Hong_Kong";

/** Day and time; seconds where they are asked for. */
export function dayAndTime(instant: string, language: Language, exact = false): string {
  const moment = Date.parse(instant);
  if (!Number.isFinite(moment)) return instant;
  return new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, { dateStyle: "medium", timeStyle: exact ? "medium" : "short", timeZone }).format(moment);
}

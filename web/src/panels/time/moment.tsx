// Says at which instant what stands below was so.
import { useText } from "../../i18n/use-text.ts";
import { dayAndTime } from "./words.ts";

/** Nothing while now is seen. */
export function Moment({ at }: { at: string | undefined }) {
  const { t, language } = useText();
  return at ? <p className="moment">{t("time.seen", { date: dayAndTime(at, language, true) })}</p> : null;
}

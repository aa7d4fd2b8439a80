// What happened to a submission, as the chain of sealed entries keeps it.
import { useQuery } from "@tanstack/react-query";
import { trailQuery, type Submission } from "../../api/submissions.ts";
import { isKey } from "../../i18n/translate.ts";
import { useText } from "../../i18n/use-text.ts";
import { show } from "../../panels/element.ts";
import { Failure } from "../failure.tsx";
import { When } from "./when.tsx";

const shortDigest = 12;

export function Trail({ submission }: { submission: Submission }) {
  const { t } = useText();
  const { data, error, refetch } = useQuery(trailQuery(submission.id));
  if (error) return <Failure error={error} onRetry={() => void refetch()} />;
  if (!data) return <p className="hint">{t("trail.reading")}</p>;
  return (
    <>
      <p className="hint">
        {t("trail.intro")} <code>csdi audit verify</code>
      </p>
      <ol className="trail">
        {data.map((entry) => (
          <li key={entry.number}>
            <p>
              <strong>{sayWhat(entry.what, t)}</strong> <small>{entry.who}</small>
            </p>
            <p>{particulars(entry.particulars)}</p>
            <small>
              <When at={entry.time} /> · {entry.number} · <code title={entry.digest}>{entry.digest.slice(0, shortDigest)}</code>
            </small>
          </li>
        ))}
      </ol>
    </>
  );
}

function sayWhat(what: string, t: ReturnType<typeof useText>["t"]): string {
  const key = `trail.${what}`;
  return isKey(key) ? t(key) : what;
}

function particulars(given: Readonly<Record<string, unknown>>): string {
  return Object.entries(given)
    .filter(([, value]) => value !== "" && (typeof value !== "object" || Array.isArray(value)))
    .map(([name, value]) => `${name}: ${show(value)}`)
    .join(" · ");
}

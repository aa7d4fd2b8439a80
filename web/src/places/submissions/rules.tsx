// Every rule that a model was held against and what it said: what was not measured is not told as passed.
import { useQuery } from "@tanstack/react-query";
import { auditQuery, rulesQuery, type Submission } from "../../api/submissions.ts";
import { useText } from "../../i18n/use-text.ts";
import { Group } from "../../ui/group.tsx";
import { Failure } from "../failure.tsx";
import { outcomeKey, outcomes } from "./marks.tsx";

export function Rules({ submission }: { submission: Submission }) {
  const { t } = useText();
  return Object.keys(submission.reports).map((model) => (
    <Group key={model} title={t("rules.of", { model })} open={false}>
      <RuleTable submission={submission} model={model} />
    </Group>
  ));
}

function RuleTable({ submission, model }: { submission: Submission; model: string }) {
  const { t, say, number } = useText();
  const { data: audit, error, refetch } = useQuery(auditQuery(submission, model));
  const { data: book } = useQuery(rulesQuery);
  if (error) return <Failure error={error} onRetry={() => void refetch()} />;
  if (!audit) return <p className="hint">{t("trail.reading")}</p>;
  const rank = (outcome: string): number => outcomes.findIndex((one) => one === outcome);
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={t("rules.of", { model })}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("rules.rule")}</th>
            <th scope="col">{t("rules.outcome")}</th>
            <th scope="col" className="number">
              {t("finding.measured")}
            </th>
          </tr>
        </thead>
        <tbody>
          {[...audit.rules]
            .sort((a, b) => rank(a.outcome) - rank(b.outcome))
            .map(({ id, outcome, measured, reason }) => (
              <tr key={id}>
                <th scope="row">
                  {id} {say(book?.rules[id]?.title)}
                  {reason && <small className="line">{reason}</small>}
                </th>
                <td>
                  <span className={`outcome ${outcome}`}>{t(outcomeKey(outcome))}</span>
                </td>
                <td className="number">{number(measured)}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  );
}

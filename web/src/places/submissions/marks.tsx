// Words with a shape beside them, so that no meaning hangs on a colour alone.
import type { Severity, Status } from "../../api/findings.ts";
import type { SubmissionState } from "../../api/submissions.ts";
import type { Key } from "../../i18n/translate.ts";
import { useText } from "../../i18n/use-text.ts";

const looks: Readonly<Record<SubmissionState, string>> = {
  draft: "",
  submitted: "running",
  checking: "running",
  checked: "running",
  "in-review": "running",
  returned: "bad",
  approved: "good",
  superseded: "",
  withdrawn: "",
};

export function StateMark({ state }: { state: SubmissionState }) {
  const { t } = useText();
  return <span className={`state ${looks[state]}`}>{t(`submission.state.${state}`)}</span>;
}

export function SeverityMark({ severity }: { severity: Severity }) {
  const { t } = useText();
  return <span className={`severity ${severity}`}>{t(`severity.${severity}`)}</span>;
}

export function StatusMark({ status }: { status: Status }) {
  const { t } = useText();
  return <span className={`status-mark ${status}`}>{t(`finding.status.${status}`)}</span>;
}

/** What a rule or a model's audit can say, what asks for something first. */
export const outcomes = ["refused", "fail", "not_checked", "refer", "warning", "pass", "not_applicable"] as const;

export function outcomeKey(outcome: string | undefined): Key {
  return `outcome.${outcomes.find((one) => one === outcome) ?? "not_checked"}`;
}

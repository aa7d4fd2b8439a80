// Words with a shape beside them, so that no meaning hangs on a colour alone.
import type { Severity, Status } from "../../api/findings.ts";
import type { SubmissionState } from "../../api/submissions.ts";
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

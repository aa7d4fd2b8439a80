// What can be done with a submission in its state. Who may do it is the server's to say.
import { useState } from "react";
import { createVersion, lead, type Opened, type SubmissionState } from "../../api/submissions.ts";
import type { Model, Site } from "../../api/types.ts";
import type { Key } from "../../i18n/translate.ts";
import { useText } from "../../i18n/use-text.ts";
import { emptyView, go, key, useStore } from "../../state.ts";
import { Button } from "../../ui/button.tsx";
import { useAction } from "./action.ts";
import { spotOf } from "./spot.ts";
import { Ask } from "./ask.tsx";
import { Trouble } from "./trouble.tsx";

interface Step {
  readonly label: Key;
  readonly to: SubmissionState;
  /** A reason is asked for first. */
  readonly reason?: "needed" | "optional";
  readonly primary?: boolean;
}

const withdraw: Step = { label: "step.withdraw", to: "withdrawn", reason: "optional" };
const back: Step = { label: "step.return", to: "returned", reason: "needed" };
const stop: Step = { label: "step.stop", to: "draft" };

const steps: Readonly<Record<SubmissionState, readonly Step[]>> = {
  draft: [withdraw],
  submitted: [stop, withdraw],
  checking: [stop, withdraw],
  checked: [{ label: "step.review", to: "in-review", primary: true }, back, withdraw],
  "in-review": [{ label: "step.approve", to: "approved", primary: true }, back, withdraw],
  returned: [withdraw],
  approved: [],
  superseded: [],
  withdrawn: [],
};

const answerable: readonly SubmissionState[] = ["checked", "in-review", "returned", "approved"];

export function Steps({ opened: { submission, etag }, site }: { opened: Opened; site: Site }) {
  const { t } = useText();
  const action = useAction();
  const [asked, setAsked] = useState<Step | null>(null);
  const take = (step: Step, reason: string): void => {
    setAsked(null);
    void action.run(() => lead(submission.id, step.to, reason, etag));
  };
  const follow = (): void =>
    void action.run(async () => {
      const made = await createVersion(submission.id);
      go({ submission: made.submission.id, chapter: "findings", finding: "", narrow: [] });
    });
  const inTwin = site.models.find(({ id }) => submission.models.some(({ name }) => name === id));
  return (
    <div className="steps">
      <p>{t(`next.${submission.state}`)}</p>
      <div className="record-actions">
        {steps[submission.state].map((step) => (
          <Button
            key={step.to}
            className={step.primary ? "primary" : ""}
            disabled={action.busy}
            aria-expanded={step.reason ? asked === step : undefined}
            onClick={() => (step.reason ? setAsked(asked === step ? null : step) : take(step, ""))}
          >
            {t(step.label)}
          </Button>
        ))}
        {answerable.includes(submission.state) && (
          <Button className={submission.state === "returned" ? "primary" : ""} disabled={action.busy} onClick={follow}>
            {t("step.newVersion")}
          </Button>
        )}
        {submission.state === "approved" && inTwin && (
          <Button className="primary" icon="fly" onClick={() => showInTwin(inTwin)}>
            {t("step.seeInTwin")}
          </Button>
        )}
      </div>
      {asked && <Ask label={t("step.reason")} needed={asked.reason === "needed"} action={t(asked.label)} onSay={(reason) => take(asked, reason)} onCancel={() => setAsked(null)} />}
      <Trouble problem={action.problem} />
    </div>
  );
}

/** Goes to the twin, and there to the model. */
function showInTwin({ id, bbox }: Model): void {
  const { language, camera } = useStore.getState().view;
  const spot = bbox && spotOf(bbox, null, id);
  if (spot) useStore.setState({ spot });
  go({ ...emptyView, language, camera, on: [key("model", id)] });
}

// One finding: what is wrong, by how much, where, what to do, and what was decided on it.
import { useEffect, useRef, useState } from "react";
import type { Found } from "../../api/findings.ts";
import { choices, decide, type Choice, type Opened, type SubmissionState } from "../../api/submissions.ts";
import { formatFixed } from "../../i18n/translate.ts";
import { useText } from "../../i18n/use-text.ts";
import { Button } from "../../ui/button.tsx";
import { Facts } from "../../ui/facts.tsx";
import { useAction } from "./action.ts";
import { Ask } from "./ask.tsx";
import { SeverityMark, StatusMark } from "./marks.tsx";
import { Trouble } from "./trouble.tsx";

interface Props {
  readonly found: Found;
  readonly opened: Opened;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
}

export function FindingRow({ found, opened, isChosen, onChoose }: Props) {
  const { t, language } = useText();
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isChosen) row.current?.scrollIntoView({ block: "nearest" });
  }, [isChosen]);
  return (
    <li ref={row} className={`finding${isChosen ? " chosen" : ""}`} data-severity={found.severity} data-status={found.status}>
      <button type="button" className="finding-open" aria-expanded={isChosen} onClick={onChoose}>
        <span className="finding-marks">
          <SeverityMark severity={found.severity} />
          <StatusMark status={found.status} />
          {found.decision && <span className="decision-mark">{t(`decision.${found.decision}`)}</span>}
          {!found.position && <small>{t("finding.noPlace")}</small>}
        </span>
        <span>{found.texts[language]}</span>
      </button>
      {isChosen && <Details found={found} opened={opened} />}
    </li>
  );
}

function Details({ found, opened }: { found: Found; opened: Opened }) {
  const { t } = useText();
  const { place, position } = found;
  const facts = [
    { name: t("finding.measured"), value: found.measured },
    { name: t("finding.expected"), value: found.expected },
    { name: t("finding.cure"), value: found.cure },
    { name: t("finding.subject"), value: found.subject },
    { name: t("field.class"), value: found.ifcClass },
    { name: t("field.globalId"), value: found.globalId, exact: true },
    { name: t("field.model"), value: found.model },
    { name: t("finding.place"), exact: true, value: place && `${formatFixed(place.easting, 3)} E, ${formatFixed(place.northing, 3)} N, ${formatFixed(place.height, 3)} mPD` },
    { name: t("finding.position"), exact: true, value: position && `${formatFixed(position[1], 7)}, ${formatFixed(position[0], 7)}` },
    { name: t("finding.decided"), value: found.decision && [found.decidedBy, found.reason].filter(Boolean).join(": ") },
  ];
  return (
    <div className="finding-details">
      <Facts facts={facts.filter(({ value }) => value)} />
      {decidable.includes(opened.submission.state) && found.status !== "solved" && <Deciding found={found} opened={opened} />}
    </div>
  );
}

const decidable: readonly SubmissionState[] = ["checked", "in-review", "returned"];

function Deciding({ found, opened: { submission, etag } }: { found: Found; opened: Opened }) {
  const { t } = useText();
  const action = useAction();
  const [waiving, setWaiving] = useState(false);
  const settle = (choice: Choice, reason = ""): void => {
    setWaiving(false);
    void action.run(() => decide(submission.id, found.id, choice, reason, etag));
  };
  return (
    <div className="deciding" role="group" aria-label={t("finding.decide")}>
      <div className="record-actions">
        {choices.map((choice) => (
          <Button
            key={choice}
            aria-pressed={found.decision === choice}
            disabled={action.busy}
            onClick={() => (choice === "waive" ? setWaiving(!waiving) : settle(choice))}
          >
            {t(`decision.${choice}.do`)}
          </Button>
        ))}
      </div>
      {waiving && <Ask label={t("decision.reason")} needed action={t("decision.waive.do")} onSay={(reason) => settle("waive", reason)} onCancel={() => setWaiving(false)} />}
      <Trouble problem={action.problem} />
    </div>
  );
}

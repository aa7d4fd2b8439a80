// The queue: what was handed in, where it stands, and until when somebody has to answer.
import { states, type Party, type Submission } from "../../api/submissions.ts";
import { useText } from "../../i18n/use-text.ts";
import { amend, go, useStore } from "../../state.ts";
import { Button } from "../../ui/button.tsx";
import { Icon } from "../../ui/icon.tsx";
import { StateMark } from "./marks.tsx";
import { When } from "./when.tsx";

export function Queue({ submissions, query }: { submissions: readonly Submission[]; query: string }) {
  const { t } = useText();
  const choices = useStore(({ view }) => view.narrow);
  const shown = narrowedTo(submissions, choices, query);
  if (submissions.length === 0) return <Empty />;
  return (
    <>
      <div className="portal-search" role="search">
        <div className="filter wide">
          <Icon name="search" size={14} />
          <input
            type="search"
            aria-label={t("submissions.search")}
            placeholder={t("submissions.search")}
            value={query}
            onChange={(event) => amend({ query: event.target.value })}
          />
          <span className="count" role="status">
            {t("submissions.count", { n: shown.length })}
          </span>
        </div>
      </div>
      <StateChoices submissions={submissions} choices={choices} />
      {shown.length === 0 ? <p className="hint">{t("submissions.none")}</p> : <Table submissions={shown} />}
    </>
  );
}

function Empty() {
  const { t } = useText();
  return (
    <div className="empty-place">
      <h2>{t("submissions.empty.title")}</h2>
      <p>{t("submissions.empty.text")}</p>
      <Button icon="plus" className="primary" onClick={() => go({ submission: "new" })}>
        {t("submission.new")}
      </Button>
    </div>
  );
}

function StateChoices({ submissions, choices }: { submissions: readonly Submission[]; choices: readonly string[] }) {
  const { t, number } = useText();
  const present = states.filter((state) => submissions.some((one) => one.state === state) || choices.includes(`state:${state}`));
  const toggle = (choice: string): void => go({ narrow: choices.includes(choice) ? choices.filter((one) => one !== choice) : [...choices, choice] });
  return (
    <div className="choices" role="group" aria-label={t("submissions.state")}>
      {present.map((state) => (
        <button key={state} type="button" className="choice" aria-pressed={choices.includes(`state:${state}`)} onClick={() => toggle(`state:${state}`)}>
          {t(`submission.state.${state}`)} <small>{number(submissions.filter((one) => one.state === state).length)}</small>
        </button>
      ))}
    </div>
  );
}

function Table({ submissions }: { submissions: readonly Submission[] }) {
  const { t } = useText();
  return (
    <div className="table-scroll" tabIndex={0} role="region" aria-label={t("place.submissions")}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("submission.title")}</th>
            <th scope="col">{t("submissions.state")}</th>
            <th scope="col">{t("submission.project")}</th>
            <th scope="col">{t("submission.stage")}</th>
            <th scope="col">{t("submission.applicant")}</th>
            <th scope="col">{t("party.deadline")}</th>
            <th scope="col">{t("submissions.changed")}</th>
          </tr>
        </thead>
        <tbody>
          {submissions.map((one) => (
            <tr key={one.id}>
              <th scope="row">
                <button type="button" className="link" onClick={() => open(one)}>
                  {one.title || t("submission.untitled")}
                </button>
                <small>{t("submission.version", { version: one.version })}</small>
              </th>
              <td>
                <StateMark state={one.state} />
              </td>
              <td>
                {one.project}
                {one.lot && <small className="line">{one.lot}</small>}
              </td>
              <td>{t(`stage.${one.stage}`)}</td>
              <td>
                {one.organisation || one.applicant}
                {one.organisation && <small className="line">{one.applicant}</small>}
              </td>
              <td>
                <Deadline submission={one} />
              </td>
              <td>
                <When at={one.changed} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function open({ id }: Submission): void {
  go({ submission: id, chapter: "findings", finding: "", narrow: [], selection: null });
}

function Deadline({ submission }: { submission: Submission }) {
  const next = nextDeadline(submission);
  if (!next) return null;
  return (
    <>
      <When at={next.deadline} due />
      <small className="line">{next.title || next.name}</small>
    </>
  );
}

/** The party that has to answer first, while the submission waits for answers. */
export function nextDeadline({ parties, state }: Submission): Party | null {
  if (state !== "checked" && state !== "in-review") return null;
  const open = parties.filter(({ deadline, opinion }) => deadline && !opinion);
  return open.sort((a, b) => Date.parse(a.deadline) - Date.parse(b.deadline))[0] ?? null;
}

function narrowedTo(submissions: readonly Submission[], choices: readonly string[], query: string): Submission[] {
  const wanted = query.trim().toLowerCase();
  return submissions.filter(
    (one) =>
      (choices.length === 0 || choices.includes(`state:${one.state}`)) &&
      [one.title, one.project, one.lot, one.organisation, one.applicant, one.purpose, one.id].some((text) => text.toLowerCase().includes(wanted)),
  );
}

// Who reviews until when, what they say, and what else was said.
import { useState } from "react";
import { answerAs, comment, dropParty, opinions, putParty, type Opened, type Opinion, type PartyNamed } from "../../api/submissions.ts";
import { useText } from "../../i18n/use-text.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { useAction } from "./action.ts";
import { Ask } from "./ask.tsx";
import { nameOf } from "./files.ts";
import { Trouble } from "./trouble.tsx";
import { When } from "./when.tsx";

export function Review({ opened }: { opened: Opened }) {
  const { t } = useText();
  return (
    <div className="review">
      <h2>{t("review.parties")}</h2>
      <Parties opened={opened} />
      <h2>{t("review.comments")}</h2>
      <Comments opened={opened} />
    </div>
  );
}

function Parties({ opened: { submission, etag } }: { opened: Opened }) {
  const { t } = useText();
  const action = useAction();
  return (
    <>
      {submission.parties.length === 0 && <p className="hint">{t("review.noParties")}</p>}
      <ul className="parties">
        {submission.parties.map((party) => (
          <li key={party.name}>
            <strong>{party.title || party.name}</strong>{" "}
            <span className={`state ${party.opinion === "agrees" ? "good" : party.opinion === "objects" ? "bad" : ""}`}>
              {t(`opinion.${party.opinion || "none"}`)}
            </span>{" "}
            {party.deadline && (
              <small>
                {t("party.deadline")}: <When at={party.deadline} due={!party.opinion} />
              </small>
            )}
            <IconButton
              icon="close"
              className="small"
              label={t("submission.remove", { name: party.title || party.name })}
              onClick={() => void action.run(() => dropParty(submission.id, party.name, etag))}
            />
            {party.comment && <p>{party.comment}</p>}
            {submission.state === "in-review" && (
              <Answer busy={action.busy} onAnswer={(opinion, words) => void action.run(() => answerAs(submission.id, party.name, opinion, words, etag))} />
            )}
          </li>
        ))}
      </ul>
      <NewParty onAdd={(party) => void action.run(() => putParty(submission.id, party, etag))} busy={action.busy} />
      <Trouble problem={action.problem} />
    </>
  );
}

function Answer({ busy, onAnswer }: { busy: boolean; onAnswer: (opinion: Opinion, words: string) => void }) {
  const { t } = useText();
  const [objecting, setObjecting] = useState(false);
  return (
    <>
      <div className="record-actions">
        {opinions.map((opinion) => (
          <Button key={opinion} disabled={busy} onClick={() => (opinion === "objects" ? setObjecting(!objecting) : onAnswer(opinion, ""))}>
            {t(`opinion.${opinion}.do`)}
          </Button>
        ))}
      </div>
      {objecting && (
        <Ask
          label={t("step.reason")}
          needed
          action={t("opinion.objects.do")}
          onSay={(words) => {
            setObjecting(false);
            onAnswer("objects", words);
          }}
          onCancel={() => setObjecting(false)}
        />
      )}
    </>
  );
}

function NewParty({ onAdd, busy }: { onAdd: (party: PartyNamed) => void; busy: boolean }) {
  const { t } = useText();
  const [title, setTitle] = useState("");
  const [day, setDay] = useState("");
  return (
    <form
      className="ask"
      onSubmit={(event) => {
        event.preventDefault();
        onAdd({ name: nameOf(title), title, principal: "", deadline: day && new Date(`${day}T23:59:59`).toISOString() });
        setTitle("");
        setDay("");
      }}
    >
      <div className="upload-form">
        <label className="field">
          {t("party.title")}
          <input type="text" required value={title} onChange={(event) => setTitle(event.target.value)} />
        </label>
        <label className="field">
          {t("party.deadline")}
          <input type="date" value={day} onChange={(event) => setDay(event.target.value)} />
        </label>
      </div>
      <Button type="submit" icon="plus" disabled={busy || !title.trim()}>
        {t("party.add")}
      </Button>
    </form>
  );
}

function Comments({ opened: { submission } }: { opened: Opened }) {
  const { t } = useText();
  const action = useAction();
  return (
    <>
      {submission.comments.length === 0 && <p className="hint">{t("review.noComments")}</p>}
      <ul className="comments">
        {submission.comments.map(({ by, at, text }, index) => (
          <li key={`${index} ${at}`}>
            <strong>{by}</strong>{" "}
            <small>
              <When at={at} />
            </small>
            <p>{text}</p>
          </li>
        ))}
      </ul>
      <Ask label={t("review.comment")} needed action={t("review.say")} onSay={(words) => void action.run(() => comment(submission.id, words))} />
      <Trouble problem={action.problem} />
    </>
  );
}

// One submission, read beside the scene: what it is, where it stands, what was found, what changed, who says what.
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { submissionQuery, isWaiting, type Opened } from "../../api/submissions.ts";
import type { Site } from "../../api/types.ts";
import { useText } from "../../i18n/use-text.ts";
import type { TwinScene } from "../../scene/scene.ts";
import { go, useStore } from "../../state.ts";
import { Button } from "../../ui/button.tsx";
import { chapters, type Chapter } from "../../url.ts";
import { Failure } from "../failure.tsx";
import { Changes } from "./changes.tsx";
import { Downloads } from "./downloads.tsx";
import { Entrance, isDenied } from "../entrance.tsx";
import { Findings } from "./findings.tsx";
import { SubmissionForm } from "./form.tsx";
import { StateMark } from "./marks.tsx";
import { Checking } from "./checking.tsx";
import { canBePreviewed, Previewed } from "./preview.tsx";
import { Review } from "./review.tsx";
import { Steps } from "./steps.tsx";
import { Trail } from "./trail.tsx";

export function Reading({ site, id, scene }: { site: Site; id: string; scene: TwinScene | null }) {
  const { t } = useText();
  const { data, error, refetch } = useQuery(submissionQuery(id));
  useEffect(() => () => useStore.setState({ spot: null }), [id]);
  return (
    <section className="reading-panel" aria-label={t("submission.one")}>
      <Button className="back" onClick={() => go({ submission: "", finding: "", chapter: "findings", narrow: [], selection: null })}>
        ‹ {t("submissions.all")}
      </Button>
      {error && !data && (isDenied(error) ? <Entrance says="submissions.entrance" onEnter={() => void refetch()} /> : <Failure error={error} onRetry={() => void refetch()} />)}
      {data && <Opening key={data.submission.id} opened={data} site={site} scene={scene} />}
    </section>
  );
}

function Opening({ opened, site, scene }: { opened: Opened; site: Site; scene: TwinScene | null }) {
  const { t } = useText();
  const { submission } = opened;
  const chapter = useStore(({ view }) => view.chapter);
  const particulars = [submission.project, submission.lot, t(`stage.${submission.stage}`), submission.organisation || submission.applicant];
  return (
    <>
      <header>
        <h1>{submission.title || t("submission.untitled")}</h1>
        <p>
          <StateMark state={submission.state} /> <small>{t("submission.version", { version: submission.version })}</small>
        </p>
        <p className="particulars">{particulars.filter(Boolean).join(" · ")}</p>
        {submission.purpose && <p className="particulars">{submission.purpose}</p>}
        <Versions opened={opened} />
      </header>
      <Steps opened={opened} site={site} />
      {canBePreviewed(submission) && <Previewed submission={submission} site={site} scene={scene} />}
      {submission.state === "draft" && <SubmissionForm draft={opened} />}
      {isWaiting(submission) && <Checking submission={submission} />}
      {submission.state !== "draft" && !isWaiting(submission) && <Downloads submission={submission} />}
      <Chapters chapter={chapter} />
      {chapter === "findings" && <Findings opened={opened} site={site} />}
      {chapter === "changes" && <Changes submission={submission} site={site} />}
      {chapter === "review" && <Review opened={opened} />}
      {chapter === "trail" && <Trail submission={submission} />}
    </>
  );
}

/** The version before. */
function Versions({ opened: { submission } }: { opened: Opened }) {
  const { t } = useText();
  if (!submission.previous) return null;
  return (
    <p>
      <button type="button" className="link" onClick={() => go({ submission: submission.previous, finding: "", chapter: "findings" })}>
        {t("submission.before")}
      </button>
    </p>
  );
}

function Chapters({ chapter }: { chapter: Chapter }) {
  const { t } = useText();
  return (
    <nav className="chapters" aria-label={t("submission.chapters")}>
      {chapters.map((one) => (
        <button key={one} type="button" aria-current={one === chapter ? "page" : undefined} onClick={() => go({ chapter: one, finding: "" })}>
          {t(`chapter.${one}`)}
        </button>
      ))}
    </nav>
  );
}

// Submissions: the queue of what was handed in, and what is being put together. One that is open is read beside the scene.
import { useQuery } from "@tanstack/react-query";
import { useDeferredValue } from "react";
import { submissionsQuery } from "../api/submissions.ts";
import { useText } from "../i18n/use-text.ts";
import { go, useStore } from "../state.ts";
import { Button } from "../ui/button.tsx";
import { Entrance, isDenied } from "./entrance.tsx";
import { SubmissionForm } from "./submissions/form.tsx";
import { Queue } from "./submissions/queue.tsx";
import { Failure } from "./failure.tsx";

export function Submissions() {
  const { t } = useText();
  const isNew = useStore(({ view }) => view.submission === "new");
  const query = useDeferredValue(useStore(({ view }) => view.query));
  const { data, error, refetch } = useQuery(submissionsQuery);
  return (
    <main className="page submissions" id="submissions">
      <div className="page-head">
        <div className="title-row">
          <h1>{isNew ? t("submission.new") : t("place.submissions")}</h1>
          {isNew ? (
            <Button onClick={() => go({ submission: "" })}>{t("submissions.all")}</Button>
          ) : (
            data && (
              <Button icon="plus" className="primary" onClick={() => go({ submission: "new" })}>
                {t("submission.new")}
              </Button>
            )
          )}
        </div>
        {!isNew && <p>{t("submissions.intro")}</p>}
      </div>
      {error && (isDenied(error) ? <Entrance says="submissions.entrance" onEnter={() => void refetch()} /> : <Failure error={error} onRetry={() => void refetch()} />)}
      {data && (isNew ? <SubmissionForm /> : <Queue submissions={data} query={query} />)}
    </main>
  );
}

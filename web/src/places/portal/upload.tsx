// Adding layers: files are dropped or chosen, sent with their progress, and published by a job.
import { useState } from "react";
import { jobOf, sendLayer, type UploadOptions } from "../../api/editor.ts";
import { Problem } from "../../api/problem.ts";
import type { Job } from "../../api/types.ts";
import { bundles, type Bundle } from "../../api/bundles.ts";
import { useProblemText } from "../../i18n/problem-text.ts";
import { useText } from "../../i18n/use-text.ts";
import { go } from "../../state.ts";
import { Button } from "../../ui/button.tsx";
import { DropZone } from "../../ui/drop-zone.tsx";
import { progressOf, stateOf } from "../jobs.ts";
import { SignIn } from "./sign-in.tsx";

const askEveryMs = 600;

interface Layer {
  readonly collection: string;
  readonly count: number;
  readonly finding_count?: number;
  readonly error?: { readonly code?: string; readonly message?: string; readonly remedy?: string };
}

interface Sent {
  readonly id: number;
  readonly name: string;
  readonly phase: "sending" | "working" | "done" | "failed";
  readonly share: number | null;
  readonly stage: string;
  readonly layers: readonly Layer[];
  readonly problem: Problem | null;
}

let numbers = 0;

export function Upload({ limitMb, onPublished }: { limitMb: number; onPublished: () => void }) {
  const { t, language } = useText();
  const [sent, setSent] = useState<readonly Sent[]>([]);
  const [title, setTitle] = useState("");
  const [crs, setCrs] = useState("");
  const take = (files: readonly File[]): void => {
    for (const bundle of bundles(files)) {
      const id = ++numbers;
      const tell = (change: Partial<Sent>): void => setSent((now) => now.map((one) => (one.id === id ? { ...one, ...change } : one)));
      setSent((now) => [{ id, name: bundle.name, phase: "sending", share: 0, stage: "", layers: [], problem: null }, ...now]);
      void publish(bundle, { title: title.trim(), crs: crs.trim(), language }, limitMb, tell).then(onPublished);
    }
  };
  return (
    <section className="upload" aria-label={t("upload.open")}>
      <div className="upload-form">
        <SignIn />
        <label className="field">
          {t("upload.title")}
          <input type="text" value={title} onChange={(event) => setTitle(event.target.value)} />
        </label>
        <label className="field">
          {t("upload.crs")}
          <input type="text" placeholder="EPSG:2326" value={crs} onChange={(event) => setCrs(event.target.value)} />
        </label>
      </div>
      <DropZone says={t("upload.drop")} onFiles={take}>
        <small>{t("upload.formats", { limit: limitMb })}</small>
      </DropZone>
      <ul className="sent" aria-live="polite">
        {sent.map((one) => (
          <li key={one.id} data-phase={one.phase}>
            <SentFile sent={one} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function SentFile({ sent: { name, phase, share, stage, layers, problem } }: { sent: Sent }) {
  const { t } = useText();
  const told = useProblemText();
  const words = problem && told(problem);
  return (
    <>
      <strong>{name}</strong> <small>{t(`upload.${phase}`)}</small> {stage && phase === "working" && <small>{stage}</small>}
      {(phase === "sending" || phase === "working") && <progress aria-label={name} {...(share === null ? {} : { value: share })} max={1} />}
      {words && (
        <p className="hint bad" role="alert">
          {[words.title, words.text, words.remedy].filter(Boolean).join(" · ")} <small>{words.footnote}</small>
        </p>
      )}
      {layers.map(({ collection, count, finding_count: findings, error }) => (
        <p key={collection} className={error ? "hint bad" : undefined}>
          {error ? (
            [collection, error.message, error.remedy].filter(Boolean).join(" · ")
          ) : (
            <>
              <Button onClick={() => go({ record: collection })}>{collection}</Button> {t("upload.features", { n: count })}
              {findings ? ` · ${t("model.findings", { n: findings })}` : ""}
            </>
          )}
        </p>
      ))}
    </>
  );
}

/** Sends one bundle and follows its job to the end. */
async function publish(bundle: Bundle, options: UploadOptions, limitMb: number, tell: (change: Partial<Sent>) => void): Promise<void> {
  try {
    const body = await bundle.body();
    if (body.size > limitMb * 2 ** 20) throw new Problem("", 413, "file-too-large", `${bundle.name}: ${Math.ceil(body.size / 2 ** 20)} MB > ${limitMb} MB`, "");
    let job = await sendLayer(bundle.name, body, options, (share) => tell({ share }));
    while (!isEnded(job)) {
      const progress = progressOf(job);
      tell({ phase: "working", share: progress?.share ?? null, stage: progress?.text ?? "" });
      await new Promise((done) => setTimeout(done, askEveryMs));
      job = await jobOf(job.id);
    }
    if (stateOf(job) !== "succeeded") throw problemOf(job);
    tell({ phase: "done", share: 1, layers: (job.result as { layers: readonly Layer[] }).layers });
  } catch (thrown) {
    tell({ phase: "failed", problem: Problem.of(thrown) });
  }
}

function isEnded(job: Job): boolean {
  return !["queued", "running"].includes(stateOf(job));
}

function problemOf({ error }: Job): Problem {
  return new Problem("", 0, error?.code ?? "job-failed", error?.message ?? "", error?.remedy ?? "");
}

// Operations: whether the server is well, and what it is working on.
import { useQuery } from "@tanstack/react-query";
import { healthQuery, jobsQuery, type Health } from "../api/queries.ts";
import { Problem } from "../api/problem.ts";
import type { Job } from "../api/types.ts";
import { formatDuration, isKey } from "../i18n/translate.ts";
import { useText } from "../i18n/use-text.ts";
import { show as showValue } from "../panels/element.ts";
import { errorOf, progressOf, secondsOf, stateOf } from "./jobs.ts";
import { Failure } from "./failure.tsx";

export function Operations() {
  const { t } = useText();
  return (
    <main className="page">
      <div className="page-head">
        <h1>{t("place.operations")}</h1>
      </div>
      <h2>{t("operations.health")}</h2>
      <div className="cards">
        <HealthCard path="/healthz" title={t("operations.live")} good={t("operations.up")} bad={t("operations.down")} />
        <HealthCard path="/readyz" title={t("operations.ready")} good={t("operations.isReady")} bad={t("operations.notReady")} />
      </div>
      <Jobs />
    </main>
  );
}

function HealthCard({ path, title, good, bad }: { path: "/healthz" | "/readyz"; title: string; good: string; bad: string }) {
  const { data, error } = useQuery(healthQuery(path));
  const well = !error && (data?.ok ?? false);
  const known = data !== undefined || error !== null;
  return (
    <section className="card">
      <h3>{title}</h3>
      <p className={known ? `state ${well ? "good" : "bad"}` : "state"}>{known ? (well ? good : bad) : "…"}</p>
      <Details body={data?.body ?? null} />
      <small>
        <a href={path} target="_blank" rel="noreferrer">
          {path}
        </a>
      </small>
    </section>
  );
}

function Details({ body }: { body: Health | null }) {
  const rows = Object.entries(body ?? {});
  if (rows.length === 0) return null;
  return (
    <dl className="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{showValue(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

function Jobs() {
  const { t } = useText();
  const { data: jobs, error, refetch } = useQuery(jobsQuery);
  return (
    <>
      <h2>
        {t("operations.jobs")} {jobs && <span className="count">{t("operations.jobs.count", { n: jobs.length })}</span>}
      </h2>
      {error && isDenied(error) && (
        <p className="hint">
          {t("operations.jobs.denied")} <code>csdi jobs list</code>
        </p>
      )}
      {error && !isDenied(error) && <Failure error={error} onRetry={() => void refetch()} />}
      {jobs?.length === 0 && (
        <p className="hint">
          {t("operations.jobs.empty")} <code>csdi models add FILE.ifc</code>
        </p>
      )}
      {jobs && jobs.length > 0 && (
        <div className="table-scroll" tabIndex={0} role="region" aria-label={t("operations.jobs")}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t("operations.job")}</th>
                <th scope="col">{t("operations.state")}</th>
                <th scope="col">{t("operations.progress")}</th>
                <th scope="col">{t("operations.started")}</th>
                <th scope="col" className="number">
                  {t("operations.took")}
                </th>
                <th scope="col">{t("operations.result")}</th>
              </tr>
            </thead>
            <tbody>
              {jobs.map((job) => (
                <JobRow key={job.id} job={job} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

function isDenied(error: Error): boolean {
  return error instanceof Problem && (error.status === 401 || error.status === 403);
}

function JobRow({ job }: { job: Job }) {
  const { t, language, number } = useText();
  const state = stateOf(job);
  const name = `state.${state}`;
  const progress = progressOf(job);
  const started = secondsOf(job.started ?? job.created);
  const ended = secondsOf(job.finished) ?? (state === "running" ? Date.now() / 1000 : null);
  const kind = `job.${job.kind.replace(/^told-/, "")}`;
  return (
    <tr>
      <th scope="row">
        {isKey(kind) ? t(kind) : job.kind} {job.subject && <strong>{job.subject}</strong>}
        <small>{job.id}</small>
      </th>
      <td>
        <span className={`state ${state}`}>{isKey(name) ? t(name) : state}</span>
      </td>
      <td>
        {progress && (
          <span className="progress">
            {progress.share !== null && (
              <progress value={progress.share} max={1} aria-label={t("operations.progress")}>
                {number(progress.share * 100, 0)} %
              </progress>
            )}
            <span>{progress.share === null ? progress.text : `${number(progress.share * 100, 0)} % ${progress.text}`}</span>
          </span>
        )}
      </td>
      <td>{started === null ? "" : new Date(started * 1000).toLocaleString(language, { dateStyle: "short", timeStyle: "medium" })}</td>
      <td className="number">{started !== null && ended !== null && ended >= started ? formatDuration(language, ended - started) : ""}</td>
      <td>{errorOf(job)}</td>
    </tr>
  );
}

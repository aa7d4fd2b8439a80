// The site as it stood: a line of time with a mark wherever a model or a layer changed.
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { versionsQuery } from "../../api/versions.ts";
import type { Site } from "../../api/types.ts";
import { useText } from "../../i18n/use-text.ts";
import { amend, go, useStore } from "../../state.ts";
import type { View } from "../../url.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import type { PanelProps } from "../tools/tools.tsx";
import { clockOf, instantOf, marksOf, stepped, type Mark } from "./as-of.ts";
import { dayAndTime } from "./words.ts";

const steps = 1000;
const mostListed = 60;

export function TimePanel({ site }: PanelProps) {
  const { t, language } = useText();
  const at = useStore((state) => state.view.at);
  const { data: versions, error } = useQuery(versionsQuery(site.change));
  const marks = useMemo(() => (versions ? marksOf(versions) : []), [versions]);
  if (error) return <p className="hint bad">{error.message}</p>;
  if (!versions) return <p className="tool-body tool-hint" role="status">{t("time.loading")}</p>;
  if (marks.length === 0) return <p className="tool-body tool-hint">{t("time.none")}</p>;
  const [back, ahead] = [stepped(marks, at, -1), stepped(marks, at, 1)];
  const next = (): void => go(seenAt(ahead && ahead !== marks.at(-1) ? ahead.instant : ""));
  return (
    <div className="tool-body time">
      <p className="time-now" role="status">{at ? dayAndTime(at, language, true) : t("time.now")}</p>
      <Line marks={marks} at={at} />
      <div className="time-steps">
        <Button icon="back" disabled={!back} onClick={() => back && go(seenAt(back.instant))}>{t("time.back")}</Button>
        <Button disabled={at === ""} onClick={next}>{t("time.ahead")}</Button>
      </div>
      <label className="field-row">
        <span>{t("time.date")}</span>
        <input type="datetime-local" step={1} value={at ? clockOf(at) : ""} onChange={(event) => go(seenAt(instantOf(event.target.value)))} />
      </label>
      <Marks marks={marks} at={at} site={site} />
      <div className="tool-foot">
        <Button disabled={at === ""} onClick={() => go(seenAt(""))}>{t("time.today")}</Button>
      </div>
      <p className="tool-hint">{t("time.hint")}</p>
    </div>
  );
}

/** The view of an instant. Rows of a legend stand for other values then, so that none stays lit. */
function seenAt(at: string): Pick<View, "at" | "lit"> {
  return { at, lit: [] };
}

/** From the first mark to now; the right end is now and stays now. */
function Line({ marks, at }: { marks: readonly Mark[]; at: string }) {
  const { t, language } = useText();
  const first = Date.parse(marks[0]!.instant);
  const now = useMemo(() => Date.now(), [marks]);
  const span = Math.max(1, now - first);
  const place = (instant: string): number => Math.min(steps, Math.max(0, ((Date.parse(instant) - first) / span) * steps));
  return (
    <div className="time-line">
      <input
        type="range"
        min={0}
        max={steps}
        value={at ? Math.min(steps - 1, place(at)) : steps}
        aria-label={t("time.date")}
        aria-valuetext={at ? dayAndTime(at, language, true) : t("time.now")}
        onChange={(event) => {
          const share = Number(event.target.value) / steps;
          amend(seenAt(share >= 1 ? "" : new Date(Math.ceil(first + share * span)).toISOString()));
        }}
      />
      <div className="time-marks" aria-hidden="true">
        {marks.map(({ instant, models }) => (
          <i key={instant} className={models.length ? "of-model" : ""} style={{ left: `${(place(instant) / steps) * 100}%` }} />
        ))}
      </div>
    </div>
  );
}

function Marks({ marks, at, site }: { marks: readonly Mark[]; at: string; site: Site }) {
  const { t, say, language } = useText();
  const name = (id: string): string => say(site.models.find((one) => one.id === id)?.title ?? site.layers.find((one) => one.id === id)?.title) || id;
  return (
    <ol className="time-list" aria-label={t("time.marks")}>
      {[...marks].reverse().slice(0, mostListed).map(({ instant, models, layers }) => (
        <li key={instant}>
          <button type="button" aria-pressed={at === instant} onClick={() => go(seenAt(instant))}>
            <span>{dayAndTime(instant, language, true)}</span>
            <small>{[...models.map(({ id, version }) => t("time.version", { name: name(id), n: version })), ...layers.map((id) => t("time.layer", { name: name(id) }))].join(", ")}</small>
          </button>
        </li>
      ))}
    </ol>
  );
}

/** Says so while the past is seen, and leads back. */
export function PastNotice() {
  const { t, language } = useText();
  const at = useStore((state) => state.view.at);
  if (!at) return null;
  return (
    <p className="banner past" role="status">
      <span>{t("time.past", { date: dayAndTime(at, language, true) })}</span>
      <IconButton icon="close" className="small" label={t("time.today")} onClick={() => go(seenAt(""))} />
    </p>
  );
}

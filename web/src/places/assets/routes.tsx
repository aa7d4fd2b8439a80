// Ways: from one place to another for those who walk, roll or carry; in the scene, on each storey, and in words. Exits and closures.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { profilesQuery, wayQuery, type Leg, type Way } from "../../api/ways.ts";
import type { Site } from "../../api/types.ts";
import { formatDuration } from "../../i18n/translate.ts";
import { useText } from "../../i18n/use-text.ts";
import { boxOfWay, colourOfMode, positionsOfWay, wayStrokes } from "../../scene/routes.ts";
import type { TwinScene } from "../../scene/scene.ts";
import { useStore } from "../../state.ts";
import { css } from "../../scene/appearance.ts";
import { Button } from "../../ui/button.tsx";
import { Group } from "../../ui/group.tsx";
import { Failure } from "../failure.tsx";
import { Closures } from "./closures.tsx";
import { Evacuation } from "./evacuation.tsx";
import { FloorSketch } from "./floor-sketch.tsx";
import { goAssets } from "./going.ts";
import { PlacePicker } from "./place-picker.tsx";
import { lookThrough } from "./reaching.ts";
import { useStrokes } from "./use-strokes.ts";
import { floorsOf, legsOfSteps } from "./way-parts.ts";

const exit = "exit";

interface Props {
  readonly site: Site;
  readonly scene: TwinScene | null;
}

export function Routes({ site, scene }: Props) {
  const { t, say, language } = useText();
  const queries = useQueryClient();
  const { from, to, profile } = useStore(({ view }) => view.assets);
  const selection = useStore(({ view }) => view.selection);
  const { data: profiles } = useQuery(profilesQuery);
  const { data, error, refetch, isFetching } = useQuery(wayQuery(from, to, profile, language));
  const names = useNames(data, from, to);
  const [current, setCurrent] = useState(0);
  const [evacuation, setEvacuation] = useState(false);
  const legs = from && to ? (data?.features ?? []) : [];
  useStrokes(scene, useMemo(() => (evacuation ? [] : wayStrokes(legs, current)), [data, current, evacuation, from, to]));
  useEffect(() => {
    lookThrough(legs.length > 0);
    return () => lookThrough(false);
  }, [legs.length]);
  useEffect(() => {
    const box = data && boxOfWay(data.features);
    const datum = site.centre[2];
    if (scene && box) void scene.flyTo(box.bbox, [box.heights[0] - datum, box.heights[1] - datum]);
    setCurrent(0);
  }, [scene, data]);
  const selected = selection?.collection === "elements" || selection?.collection === "spaces" ? selection.id : "";
  const toExit = { id: exit, name: t("assets.route.exit") };
  return (
    <div className="assets-body routes">
      <h2 className="unseen">{t("assets.tab.routes")}</h2>
      <div className="route-ends">
        <PlacePicker label={t("assets.from")} kinds={["rooms", "assets"]} value={names.from} onPick={({ id }) => goAssets({ from: id })} />
        <PlacePicker label={t("assets.to")} kinds={["rooms", "assets"]} value={to === exit ? toExit.name : names.to} fixed={[toExit]} onPick={({ id }) => goAssets({ to: id })} />
        <label className="field">
          {t("assets.route.profile")}
          <select value={profile || "walking"} onChange={(event) => goAssets({ profile: event.target.value })}>
            {(profiles ?? []).map((one) => (
              <option key={one.id} value={one.id}>
                {say(one.title)}
              </option>
            ))}
          </select>
        </label>
      </div>
      <div className="record-actions">
        <Button disabled={!selected} onClick={() => goAssets({ from: selected })}>
          {t("assets.route.fromSelected")}
        </Button>
        <Button disabled={!selected} onClick={() => goAssets({ to: selected })}>
          {t("assets.route.toSelected")}
        </Button>
        <Button icon="flip" disabled={!from || !to || to === exit} onClick={() => goAssets({ from: to, to: from })}>
          {t("assets.route.swap")}
        </Button>
        <Button aria-pressed={evacuation} onClick={() => setEvacuation(!evacuation)}>
          {t("assets.evacuation")}
        </Button>
      </div>
      {!evacuation && (!from || !to) && <p className="hint">{t("assets.route.hint")}</p>}
      {!evacuation && from && to && error && <Failure error={error} onRetry={() => void refetch()} />}
      {!evacuation && from && to && isFetching && !data && <p className="hint">…</p>}
      {!evacuation && from && to && !error && data && <Result way={data} current={current} onCurrent={setCurrent} language={language} />}
      {evacuation && <Evacuation profile={profile} />}
      <Group title={t("assets.closures")} open={false}>
        <Closures passage={selection?.collection === "elements" ? selection.id : ""} onChange={() => void queries.invalidateQueries({ queryKey: ["way"] })} />
      </Group>
    </div>
  );
}

/** What the ends are called once the way is known. */
function useNames(way: Way | undefined, from: string, to: string): { from: string; to: string } {
  return { from: way?.route.from.id === from ? way.route.from.name : from, to: way?.route.to.id === to ? way.route.to.name : to };
}

interface ResultProps {
  readonly way: Way;
  readonly current: number;
  readonly onCurrent: (leg: number) => void;
  readonly language: "en" | "zh-Hant" | "zh-Hans";
}

function Result({ way, current, onCurrent, language }: ResultProps) {
  const { t, number } = useText();
  const { route, features } = way;
  const steps = route.steps_in[language] ?? [];
  const told = legsOfSteps(steps, features);
  return (
    <div className="route-result">
      <p className="route-sum" role="status">
        <span data-metres={route.metres}>{t("assets.route.metres", { n: Math.round(route.metres) })}</span>
        <span>{formatDuration(language, Math.round(route.seconds))}</span>
        <span>{[...new Set(route.levels)].join(" → ")}</span>
      </p>
      <h2>{t("assets.route.steps")}</h2>
      <ol className="route-steps">
        {steps.map((step, at) => {
          const leg = told[at];
          return (
            <li key={at} aria-current={leg !== undefined && leg.properties.leg === current ? "step" : undefined}>
              {leg ? (
                <button type="button" className="link" onClick={() => onCurrent(leg.properties.leg === current ? 0 : leg.properties.leg)}>
                  {step}
                </button>
              ) : (
                step
              )}
              {leg && leg.properties.seconds >= 1 && <small>{t("assets.route.seconds", { n: number(leg.properties.seconds, 0) })}</small>}
            </li>
          );
        })}
      </ol>
      <h2>{t("assets.route.floors")}</h2>
      {floorsOf(features).map(({ level, model, legs }) => (
        <figure key={`${model} ${level}`} className="route-floor">
          <figcaption>{level}</figcaption>
          <FloorSketch
            model={model}
            storey={level}
            label={t("assets.route.onFloor", { level })}
            holds={positionsOfWay(legs)}
            over={(project) => (
              <g>
                {legs.map(({ geometry, properties }) => (
                  <polyline
                    key={properties.leg}
                    className="way"
                    style={{ stroke: properties.leg === current ? "#e69f00" : css(colourOfMode(properties.mode)) }}
                    points={(geometry?.coordinates ?? []).map((one) => project(one).map((part) => part.toFixed(1)).join(",")).join(" ")}
                  />
                ))}
                <Ends legs={legs} all={features} project={project} />
              </g>
            )}
          />
        </figure>
      ))}
    </div>
  );
}

/** Where the way begins and where it ends. */
function Ends({ legs, all, project }: { legs: readonly Leg[]; all: readonly Leg[]; project: (at: readonly number[]) => readonly [number, number] }) {
  const first = legs[0] === all[0] ? legs[0]?.geometry?.coordinates[0] : undefined;
  const last = legs.at(-1) === all.at(-1) ? legs.at(-1)?.geometry?.coordinates.at(-1) : undefined;
  return (
    <>
      {[first && { at: first, fill: "#009e73" }, last && { at: last, fill: "#e11d48" }]
        .filter((one) => one !== undefined)
        .map(({ at, fill }) => {
          const [x, y] = project(at);
          return <circle key={fill} className="end" cx={x} cy={y} r="7" fill={fill} />;
        })}
    </>
  );
}

// Networks: what something feeds or is fed by, what closing stops, what must be closed, and what must not fail.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { failuresQuery, isolatedQuery, networksQuery, shutOffQuery, tracedQuery, type NetworkElement, type Room } from "../../api/networks.ts";
import type { Site } from "../../api/types.ts";
import { useText } from "../../i18n/use-text.ts";
import { css, type Rgb } from "../../scene/appearance.ts";
import { networkStrokes, partColours, type Part, type PartOf } from "../../scene/networks.ts";
import type { TwinScene } from "../../scene/scene.ts";
import { useStore } from "../../state.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { Failure } from "../failure.tsx";
import { Entrance, isDenied } from "../entrance.tsx";
import { questions, type NetworkQuestion } from "./address.ts";
import { goAssets } from "./going.ts";
import { marksOf } from "./marks.ts";
import { PlacePicker } from "./place-picker.tsx";
import { goToElement, lookThrough } from "./reaching.ts";
import { Schematic } from "./schematic.tsx";
import { useMarks } from "./use-marks.ts";
import { useStrokes } from "./use-strokes.ts";

interface Answer {
  readonly groups: readonly PartOf[];
  readonly rooms: readonly Room[];
  readonly lines: Parameters<typeof networkStrokes>[0];
  readonly sure: boolean;
  readonly note: string;
}

const nothing: Answer = { groups: [], rooms: [], lines: [], sure: true, note: "" };
const several: ReadonlySet<NetworkQuestion> = new Set(["downstream", "upstream", "isolate"]);

export function Trace({ scene }: { site: Site; scene: TwinScene | null }) {
  const { t } = useText();
  const queries = useQueryClient();
  const { question, of, network } = useStore(({ view }) => view.assets);
  const selection = useStore(({ view }) => view.selection);
  const { data: networks, error, refetch } = useQuery(networksQuery);
  const { answer, failed, busy, about } = useAnswer(question, of, network);
  const shown = network || systemOf(about, networks?.systems.map(({ id }) => id) ?? []) || networks?.systems[0]?.id || "";
  const [schematic, setSchematic] = useState(true);

  const colours = useMemo(() => {
    const made = new Map<string, Rgb>();
    for (const { part, elements } of answer.groups) for (const { id } of elements) if (!made.has(id)) made.set(id, partColours[part]);
    return made;
  }, [answer]);
  useMarks(useMemo(() => marksOf(answer.groups.map(({ part, elements }) => ({ elements: elements.map(({ id }) => id), colour: partColours[part] }))), [answer]));
  useStrokes(scene, useMemo(() => networkStrokes(answer.lines, answer.groups), [answer]));
  useEffect(() => {
    lookThrough(answer.groups.length > 0);
    return () => lookThrough(false);
  }, [answer]);

  const selected = selection?.collection === "elements" ? selection.id : "";
  const add = (id: string): void => goAssets({ of: several.has(question) ? [...of.filter((one) => one !== id), id] : [id] });
  if (error) return isDenied(error) ? <Entrance says="assets.entrance" onEnter={() => void refetch()} /> : <Failure error={error} onRetry={() => void refetch()} />;
  return (
    <div className="assets-body trace">
      <div className="choices" role="group" aria-label={t("assets.question")}>
        {questions.map((one) => (
          <button key={one} type="button" className="choice" aria-pressed={one === question} onClick={() => goAssets({ question: one, of: several.has(one) ? of : of.slice(-1) })}>
            {t(`assets.question.${one}`)}
          </button>
        ))}
      </div>
      <p className="hint">{t(`assets.question.${question}.hint`)}</p>
      {question !== "failures" && (
        <div className="trace-of">
          <ul className="chips-list" aria-label={t("assets.trace.of")}>
            {of.map((id) => (
              <li key={id}>
                {nameIn(about, id)}
                <IconButton icon="close" className="small" label={t("assets.choice.drop", { name: nameIn(about, id) })} onClick={() => goAssets({ of: of.filter((one) => one !== id) })} />
              </li>
            ))}
          </ul>
          <PlacePicker label={t("assets.trace.add")} kinds={["assets"]} onPick={({ id }) => add(id)} />
          <Button disabled={!selected || of.includes(selected)} onClick={() => add(selected)}>
            {t("assets.trace.selected")}
          </Button>
          {of.length > 0 && <Button onClick={() => goAssets({ of: [] })}>{t("assets.choices.clear")}</Button>}
        </div>
      )}
      <div className="trace-network">
        <label className="field">
          {t("assets.network")}
          <select value={shown} onChange={(event) => goAssets({ network: event.target.value })}>
            {[...(networks?.systems ?? []), ...(networks?.models ?? []).filter(({ connections }) => connections > 0)].map((one) => (
              <option key={one.id} value={one.id}>
                {one.name || one.id} ({one.elements})
              </option>
            ))}
          </select>
        </label>
        <Button aria-pressed={schematic} onClick={() => setSchematic(!schematic)}>
          {t("assets.schematic")}
        </Button>
      </div>
      {schematic && shown && (
        <Schematic
          network={shown}
          name={networks?.systems.find(({ id }) => id === shown)?.name ?? shown}
          colours={colours}
          selected={selected}
          onSelect={([first]) => first && void goToElement(scene, queries, first)}
        />
      )}
      {failed && <Failure error={failed} onRetry={() => goAssets({ of: [...of] })} />}
      {busy && <p className="hint">…</p>}
      <Results answer={answer} question={question} selected={selected} onGo={(id) => void goToElement(scene, queries, id)} onClose={(id) => goAssets({ question: "isolate", of: [id] })} />
    </div>
  );
}

/** The answer to the question of the address, whatever its form. */
function useAnswer(question: NetworkQuestion, of: readonly string[], network: string) {
  const isTrace = question === "downstream" || question === "upstream";
  const traced = useQuery(tracedQuery(isTrace ? of : [], question === "upstream" ? "upstream" : "downstream"));
  const isolated = useQuery(isolatedQuery(question === "isolate" ? of : []));
  const shut = useQuery(shutOffQuery(question === "shut-off" ? (of[0] ?? "") : ""));
  const failing = useQuery(failuresQuery(network, question === "failures"));
  const answer = useMemo<Answer>(() => {
    if (isTrace && of.length && traced.data) {
      const { start, elements, spaces, lines, sure } = traced.data;
      const ends = elements.filter(({ end }) => end);
      return { groups: groupsOf({ start, end: ends, flow: elements.filter(({ end }) => !end) }), rooms: spaces, lines: lines?.features ?? [], sure, note: "" };
    }
    if (question === "isolate" && of.length && isolated.data) {
      const { closed, isolated: cut, stopped, dependent, spaces, lines } = isolated.data;
      return { groups: groupsOf({ start: closed, isolated: cut, stopped, dependent }), rooms: spaces, lines: lines?.features ?? [], sure: true, note: "" };
    }
    if (question === "shut-off" && shut.data && of.length) {
      const { element, media } = shut.data;
      const close = media.flatMap(({ nearest }) => nearest);
      const unstopped = media.filter(({ possible }) => !possible).map(({ medium }) => medium);
      return { ...nothing, groups: groupsOf({ start: [element], close, fewest: media.flatMap(({ fewest }) => fewest) }), note: unstopped.join(", ") };
    }
    if (question === "failures" && failing.data) return { ...nothing, groups: groupsOf({ failing: failing.data.elements }) };
    return nothing;
  }, [isTrace, question, of, traced.data, isolated.data, shut.data, failing.data]);
  const asked = isTrace ? traced : question === "isolate" ? isolated : question === "shut-off" ? shut : failing;
  const about = answer.groups.find(({ part }) => part === "start")?.elements ?? [];
  return { answer, about, failed: of.length || question === "failures" ? asked.error : null, busy: asked.isFetching };
}

function groupsOf(groups: Partial<Record<Part, readonly NetworkElement[]>>): PartOf[] {
  return Object.entries(groups).flatMap(([part, elements]) => (elements?.length ? [{ part: part as Part, elements }] : []));
}

/** What an id of the question is called, once the answer has told. */
function nameIn(about: readonly NetworkElement[], id: string): string {
  const found = about.find((one) => one.id === id || one.asset?.id === id || one.asset?.tag === id);
  return found?.asset?.tag || found?.name || found?.tag || id;
}

/** The first system of what is asked about. */
function systemOf(about: readonly NetworkElement[], known: readonly string[]): string {
  return about.flatMap(({ systems }) => systems).find((id) => known.includes(id)) ?? "";
}

interface ResultsProps {
  readonly answer: Answer;
  readonly question: NetworkQuestion;
  readonly selected: string;
  readonly onGo: (id: string) => void;
  readonly onClose: (id: string) => void;
}

const mostRows = 400;

function Results({ answer, question, selected, onGo, onClose }: ResultsProps) {
  const { t, number } = useText();
  if (answer.groups.length === 0) return null;
  return (
    <div className="trace-results">
      {!answer.sure && <p className="banner">{t("assets.trace.unsure")}</p>}
      {answer.note && <p className="banner">{t("assets.trace.cannot", { media: answer.note })}</p>}
      {answer.groups.map(({ part, elements }) => (
        <section key={part} data-part={part}>
          <h2>
            <span className="swatch" style={{ background: css(partColours[part]) }} aria-hidden="true" /> {t(`assets.part.${part}`)} <small>{number(elements.length)}</small>
          </h2>
          <div className="table-scroll" tabIndex={0} role="region" aria-label={t(`assets.part.${part}`)}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{t("assets.asset")}</th>
                  <th scope="col">{t("field.class")}</th>
                  <th scope="col">{t("asset.field.storey")}</th>
                  <th scope="col">{t(question === "failures" ? "assets.serves" : "asset.field.status")}</th>
                </tr>
              </thead>
              <tbody>
                {elements.slice(0, mostRows).map((one) => (
                  <tr key={one.id} aria-current={one.id === selected || undefined}>
                    <th scope="row">
                      <button type="button" className="link" onClick={() => onGo(one.id)}>
                        {one.asset?.tag || one.name || one.tag || one.id}
                      </button>
                      {one.asset?.name && <small className="beneath">{one.asset.name}</small>}
                    </th>
                    <td>{one.class}</td>
                    <td>{one.storey}</td>
                    <td>
                      {question === "failures" ? number(one.serves ?? 0) : one.asset && isStatus(one.asset.status) ? t(`asset.status.${one.asset.status}`) : ""}
                      {one.asset && (
                        <button type="button" className="link" onClick={() => goAssets({ tab: "register", asset: one.asset!.id })}>
                          {t("assets.open")}
                        </button>
                      )}
                      {one.role === "closer" && part !== "start" && (
                        <button type="button" className="link" onClick={() => onClose(one.id)}>
                          {t("assets.closeIt")}
                        </button>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </section>
      ))}
      {answer.rooms.length > 0 && (
        <section data-part="rooms">
          <h2>
            {t(question === "isolate" ? "assets.rooms.without" : "assets.rooms.served")} <small>{number(answer.rooms.length)}</small>
          </h2>
          <ul className="link-list">
            {answer.rooms.map((room) => (
              <li key={room.id}>
                {room.name} <small>{[room.storey, t("assets.rooms.elements", { n: room.elements })].join(" · ")}</small>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

type Status = "planned" | "in-service" | "under-repair" | "out-of-service" | "retired";
function isStatus(text: string): text is Status {
  return ["planned", "in-service", "under-repair", "out-of-service", "retired"].includes(text);
}

// What new versions of models would change: each with what is and what would be, seen in the scene, accepted or rejected.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { decideProposals, proposalKinds, proposalsQuery, type Proposal, type ProposalKind } from "../../api/assets.ts";
import { token } from "../../api/editor.ts";
import { useText } from "../../i18n/use-text.ts";
import { differences } from "../../panels/element.ts";
import { css, rgb, type Rgb } from "../../scene/appearance.ts";
import type { TwinScene } from "../../scene/scene.ts";
import { useStore } from "../../state.ts";
import { Button } from "../../ui/button.tsx";
import { Failure } from "../failure.tsx";
import { Entrance, isDenied } from "../entrance.tsx";
import { Trouble } from "../submissions/trouble.tsx";
import { useAssetAction } from "./action.ts";
import { goAssets } from "./going.ts";
import { marksOf } from "./marks.ts";
import { goToAsset, goToElement } from "./reaching.ts";
import { useMarks } from "./use-marks.ts";
import { useAssetWords } from "./words.ts";

const colours: Readonly<Record<ProposalKind, Rgb>> = { new: rgb("#009e73"), moved: rgb("#e69f00"), changed: rgb("#0072b2"), removed: rgb("#d55e00") };
const states = ["open", "accepted", "rejected"] as const;
const mostShown = 300;

export function Proposals({ scene }: { scene: TwinScene | null }) {
  const { t } = useText();
  const { asset } = useStore(({ view }) => view.assets);
  const [state, setState] = useState<(typeof states)[number]>("open");
  const [kind, setKind] = useState<ProposalKind | "">("");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [reason, setReason] = useState("");
  const action = useAssetAction();
  const { data, error, refetch } = useQuery(proposalsQuery({ state, ...(asset ? { asset } : {}) }));
  const all = data?.proposals ?? [];
  const shown = all.filter((one) => !kind || one.kind === kind);
  useMarks(
    useMemo(
      () => marksOf(proposalKinds.map((one) => ({ colour: colours[one], elements: (data?.proposals ?? []).flatMap(({ kind: of, element }) => (of === one && element ? [element] : [])) }))),
      [data],
    ),
  );
  const decide = (ids: readonly string[], decision: "accept" | "reject"): void =>
    void action.run(() => decideProposals(ids, decision, reason)).then((done) => done && setChosen(new Set()));
  const toggle = (id: string): void => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };
  if (error) return <div className="assets-body">{isDenied(error) ? <Entrance says="assets.entrance" onEnter={() => void refetch()} /> : <Failure error={error} onRetry={() => void refetch()} />}</div>;
  const picked = shown.filter(({ id }) => chosen.has(id)).map(({ id }) => id);
  return (
    <div className="assets-body proposals">
      <p className="hint">{t("assets.proposals.intro")}</p>
      {asset && (
        <p>
          <button type="button" className="link" onClick={() => goAssets({ asset: "" })}>
            {t("assets.proposals.all")}
          </button>
        </p>
      )}
      <div className="choices" role="group" aria-label={t("asset.field.state")}>
        {states.map((one) => (
          <button key={one} type="button" className="choice" aria-pressed={one === state} onClick={() => setState(one)}>
            {t(`assets.proposals.${one === "open" ? "waiting" : one}`)}
          </button>
        ))}
      </div>
      <div className="choices" role="group" aria-label={t("asset.field.kind")}>
        {proposalKinds.map((one) => (
          <button key={one} type="button" className="choice" aria-pressed={one === kind} onClick={() => setKind(one === kind ? "" : one)}>
            <span className="swatch" style={{ background: css(colours[one]) }} aria-hidden="true" /> {t(`asset.proposal.${one}`)} <small>{all.filter((each) => each.kind === one).length}</small>
          </button>
        ))}
      </div>
      {state === "open" && shown.length > 0 && (
        <div className="edit">
          <label className="field">
            {t("assets.why")}
            <input value={reason} maxLength={1000} onChange={(event) => setReason(event.target.value)} />
          </label>
          <div className="record-actions">
            <span role="status">{t("assets.chosen.count", { n: picked.length })}</span>
            <Button onClick={() => setChosen(picked.length === shown.length ? new Set() : new Set(shown.map(({ id }) => id)))}>
              {picked.length === shown.length ? t("assets.chosen.none") : t("assets.chosen.all", { n: shown.length })}
            </Button>
            <Button className="primary" disabled={!token() || action.busy || picked.length === 0} onClick={() => decide(picked, "accept")}>
              {t("assets.proposals.accept", { n: picked.length })}
            </Button>
            <Button disabled={!token() || action.busy || picked.length === 0} onClick={() => decide(picked, "reject")}>
              {t("assets.proposals.reject", { n: picked.length })}
            </Button>
          </div>
          <Trouble problem={action.problem} />
        </div>
      )}
      {data && shown.length === 0 && <p className="hint">{t("assets.proposals.none")}</p>}
      <ul className="proposals-list">
        {shown.slice(0, mostShown).map((one) => (
          <Line key={one.id} proposal={one} chosen={chosen.has(one.id)} onChoose={state === "open" ? () => toggle(one.id) : null} scene={scene} onDecide={(decision) => decide([one.id], decision)} busy={action.busy} />
        ))}
      </ul>
      {shown.length > mostShown && <p className="hint">{t("assets.moreValues", { n: shown.length - mostShown })}</p>}
    </div>
  );
}

interface LineProps {
  readonly proposal: Proposal;
  readonly chosen: boolean;
  readonly onChoose: (() => void) | null;
  readonly onDecide: (decision: "accept" | "reject") => void;
  readonly busy: boolean;
  readonly scene: TwinScene | null;
}

const hidden = /^(revision|location_path|box|centroid|storey|space|location|classifications|terms)\b/;

function Line({ proposal, chosen, onChoose, onDecide, busy, scene }: LineProps) {
  const { t, number } = useText();
  const words = useAssetWords();
  const queries = useQueryClient();
  const { kind, asset, element, before, after, distance } = proposal;
  const selected = useStore(({ view }) => view.selection?.id === element && element !== null);
  const changes = (kind === "moved" || kind === "changed") && before && after ? differences(only(before, after), after).filter(({ name }) => !hidden.test(name)) : [];
  const go = (): void => {
    if (element && kind !== "removed") void goToElement(scene, queries, element);
    else if (asset) void goToAsset(scene, queries, { id: asset, element: null });
  };
  return (
    <li className="proposal" data-kind={kind} aria-current={selected || undefined}>
      <div className="proposal-head">
        {onChoose && <input type="checkbox" aria-label={t("assets.choose", { tag: proposal.name ?? proposal.id })} checked={chosen} onChange={onChoose} />}
        <span className="kind-mark">
          <span className="swatch" style={{ background: css(colours[kind]) }} aria-hidden="true" /> {t(`asset.proposal.${kind}`)}
        </span>
        <button type="button" className="link" onClick={go}>
          {proposal.name || proposal.element || proposal.id}
        </button>
        <small>{[words.value("asset_class", proposal.asset_class), proposal.storey_name, distance ? t("assets.proposals.movedBy", { n: number(distance, 2) }) : ""].filter(Boolean).join(" · ")}</small>
        {asset && (
          <button type="button" className="link" onClick={() => goAssets({ tab: "register", asset })}>
            {t("assets.open")}
          </button>
        )}
      </div>
      {changes.length > 0 && (
        <ul className="entry-changes">
          {changes.map(({ name, from, to }) => (
            <li key={name}>
              {words.field(name)}: <del>{words.value(name, from) || "–"}</del> → <ins>{words.value(name, to) || "–"}</ins>
            </li>
          ))}
        </ul>
      )}
      {onChoose && token() && (
        <div className="record-actions">
          <Button disabled={busy} onClick={() => onDecide("accept")}>
            {t("assets.proposals.acceptOne")}
          </Button>
          <Button disabled={busy} onClick={() => onDecide("reject")}>
            {t("assets.proposals.rejectOne")}
          </Button>
        </div>
      )}
    </li>
  );
}

/** Of what is, the fields that would change. */
function only(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.keys(after).map((name) => [name, before[name] ?? null]));
}

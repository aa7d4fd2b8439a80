// What the models are made of: a tree by place, system, class and so on; one tab stop, whatever its size.
import { useQueries, useQueryClient } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import { asOf } from "../../api/features.ts";
import { groupings, type Grouping } from "../../api/twin-names.ts";
import { placeQuery, treePage, treeQuery, type TreeElement, type TreeNode } from "../../api/twin.ts";
import type { Site } from "../../api/types.ts";
import { useText } from "../../i18n/use-text.ts";
import { itemQuery } from "../../api/queries.ts";
import { flyToFeature } from "../../places/fly.ts";
import type { TwinScene } from "../../scene/scene.ts";
import { amend, select, useStore } from "../../state.ts";
import { Icon } from "../../ui/icon.tsx";
import { usePaused } from "../../ui/paused.ts";
import { hide, isolate } from "./acts.ts";
import { Alone } from "./alone.tsx";
import { ElementLine, GroupLine } from "./lines.tsx";
import { isHidden, isLeftOut } from "./nodes.ts";
import { lineAt, parentLine, walk } from "./walk.ts";

const linePx = 26;
const pauseMs = 200;
/** Trees open so far by themselves where there are few branches. */
const openBy: Readonly<Partial<Record<Grouping, number>>> = { place: 2 };
const fewBranches = 6;

export function Structure({ site, scene }: { site: Site; scene: TwinScene | null }) {
  const { t } = useText();
  const by = useStore(({ view }) => view.tree) || "place";
  const [text, setText] = useState("");
  return (
    <div className="structure">
      <div className="structure-head">
        <label>
          <span>{t("tree.by")}</span>
          <select value={by} onChange={(event) => amend({ tree: event.target.value as Grouping })}>
            {groupings.map((one) => (
              <option key={one} value={one}>
                {t(`tree.by.${one}`)}
              </option>
            ))}
          </select>
        </label>
        <div className="filter">
          <Icon name="search" size={14} />
          <input
            type="text"
            aria-label={t("tree.filter")}
            placeholder={t("tree.filter")}
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => {
              if (event.key !== "Escape" || !text) return;
              event.stopPropagation();
              setText("");
            }}
          />
        </div>
      </div>
      <Alone />
      <Lines key={by} site={site} scene={scene} by={by} text={usePaused(text.trim(), pauseMs)} />
    </div>
  );
}

function Lines({ site, scene, by, text }: { site: Site; scene: TwinScene | null; by: Grouping; text: string }) {
  const words = useText();
  const { t } = words;
  const queries = useQueryClient();
  const frame = useRef<HTMLDivElement>(null);
  const name = useId();
  const [turned, setTurned] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [active, setActive] = useState(0);
  const { only, hidden, selection } = useStore(({ view }) => view);
  const depthOpen = text ? 3 : (openBy[by] ?? 0);
  const isOpen = useCallback(
    (group: TreeNode, depth: number, siblings: number) => turned.get(group.node) ?? (depth < depthOpen && siblings <= fewBranches),
    [turned, depthOpen],
  );
  const known = (node: string) => queries.getQueryData(treeQuery(node, text, 0, site).queryKey);
  const whole = walk(by, known, isOpen);
  const virtual = useVirtualizer({ count: whole.lines, getScrollElement: () => frame.current, estimateSize: () => linePx, overscan: 10 });
  const items = virtual.getVirtualItems();
  const pages = new Map<string, { node: string; page: number }>();
  for (const node of whole.asked) pages.set(`${node} 0`, { node, page: 0 });
  for (const { index } of items) {
    const { run, at } = lineAt(whole, index);
    if (run?.kind === "elements") pages.set(`${run.node} ${Math.floor(at / treePage)}`, { node: run.node, page: Math.floor(at / treePage) });
  }
  const asked = [...pages.values()];
  const answers = useQueries({ queries: asked.map(({ node, page }) => treeQuery(node, text, page, site)) });
  const waiting = answers.filter(({ data, error }) => data === undefined && !error).length;
  const failed = answers.find(({ error }) => error)?.error;
  const current = Math.min(active, Math.max(0, whole.lines - 1));
  useEffect(() => setActive(0), [text]);

  const elementAt = (node: string, at: number): TreeElement | undefined =>
    queries.getQueryData(treeQuery(node, text, Math.floor(at / treePage), site).queryKey)?.elements?.[at % treePage];
  const targetAt = (line: number): Target | null => {
    if (whole.lines === 0) return null;
    const { run, at } = lineAt(whole, line);
    if (run.kind === "group") return { node: run.group.node, group: run.group, open: run.open };
    const element = run.kind === "elements" ? elementAt(run.node, at) : undefined;
    return element ? { node: element.node, element } : null;
  };
  const turn = (node: string, open: boolean): void => setTurned(new Map(turned).set(node, open));
  const choose = (target: Target, also = false): void => {
    const feature = target.element ? { collection: "elements", id: target.element.id } : target.group?.features?.[0];
    if (feature && !also) select(feature);
  };
  const flyTo = async (target: Target): Promise<void> => {
    const first = target.group?.features?.[0];
    const place = await queries.fetchQuery(placeQuery(target.node, site));
    if (place.bbox) return scene?.flyTo(place.bbox, place.levels);
    if (first && scene) await flyToFeature(scene, await queries.fetchQuery(itemQuery(first.collection, first.id, asOf(site.at, ""))));
  };
  const move = (line: number): void => {
    const next = Math.max(0, Math.min(whole.lines - 1, line));
    setActive(next);
    virtual.scrollToIndex(next);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const target = targetAt(current);
    const page = Math.max(1, Math.floor((frame.current?.clientHeight ?? 0) / linePx) - 1);
    const acts: Record<string, () => void> = {
      ArrowDown: () => move(current + 1),
      ArrowUp: () => move(current - 1),
      PageDown: () => move(current + page),
      PageUp: () => move(current - page),
      Home: () => move(0),
      End: () => move(whole.lines - 1),
      ArrowRight: () => target?.group && (target.open ? move(current + 1) : target.group.below && turn(target.node, true)),
      ArrowLeft: () => (target?.open ? turn(target.node, false) : move(Math.max(0, parentLine(whole, current)))),
      Enter: () => target && (choose(target), void flyTo(target)),
      " ": () => target && hide(target.node),
      i: () => target && isolate(target.node, event.shiftKey),
      I: () => target && isolate(target.node, event.shiftKey),
    };
    const act = acts[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };

  return (
    <>
      {failed && <p className="hint bad">{failed.message}</p>}
      {whole.lines === 0 && !failed && <p className="hint">{text ? t("tree.none", { query: text }) : t("tree.empty")}</p>}
      <div
        className="tree-frame"
        ref={frame}
        role="tree"
        tabIndex={0}
        aria-label={t("tree.title")}
        aria-busy={waiting > 0}
        aria-activedescendant={items.some(({ index }) => index === current) ? `${name}-${current}` : undefined}
        onKeyDown={onKeyDown}
      >
        <div role="none" style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {items.map(({ index, start }) => {
            const { run, at } = lineAt(whole, index);
            const target = targetAt(index);
            const shared = {
              id: `${name}-${index}`,
              top: start,
              depth: run.depth,
              active: index === current,
              words,
              visible: !target || !isHidden(target.node, hidden),
              dim: target !== null && isLeftOut(target.node, only),
              alone: target ? only.includes(target.node) : false,
              onActive: () => setActive(index),
              onChoose: () => target && choose(target),
              onFly: () => target && void flyTo(target),
              onHide: () => target && hide(target.node),
              onIsolate: (also: boolean) => target && isolate(target.node, also),
            };
            if (run.kind === "group")
              return <GroupLine key={run.group.node} {...shared} group={run.group} by={by} open={run.open} at={run.at} of={run.of} onTurn={() => turn(run.group.node, !run.open)} />;
            return (
              <ElementLine
                key={`${run.depth} ${index}`}
                {...shared}
                element={target?.element ?? null}
                at={at}
                of={run.lines}
                selected={target?.element !== undefined && selection?.id === target.element.id}
              />
            );
          })}
        </div>
      </div>
      <p className="tree-keys">{t("tree.keys")}</p>
    </>
  );
}

/** What a line stands for. */
interface Target {
  readonly node: string;
  readonly group?: TreeNode;
  readonly open?: boolean;
  readonly element?: TreeElement;
}

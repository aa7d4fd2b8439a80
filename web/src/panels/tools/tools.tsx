// The tools of the scene: a bar below it, and the panel of the one that is open.
import { useEffect, type ReactNode } from "react";
import type { Site } from "../../api/types.ts";
import type { Key } from "../../i18n/translate.ts";
import { useText } from "../../i18n/use-text.ts";
import type { TwinScene } from "../../scene/scene.ts";
import { useStore } from "../../state.ts";
import { IconButton } from "../../ui/button.tsx";
import { BcfPanel } from "../bcf/bcf-panel.tsx";
import { useBcf } from "../bcf/state.ts";
import { BookmarksPanel } from "../bookmarks/bookmarks-panel.tsx";
import { KeysPanel } from "../keys/keys-panel.tsx";
import { PastNotice, TimePanel } from "../time/time-panel.tsx";
import { ComparePanel } from "../versions/compare-panel.tsx";
import { Swipe } from "../versions/swipe.tsx";
import { useCompare } from "../versions/use-compare.ts";
import { CutPanel } from "./cut-panel.tsx";
import { useFollow } from "./follow.ts";
import { MeasurePanel } from "./measure-panel.tsx";
import { PicturePanel } from "./picture-panel.tsx";
import { PlanPanel } from "./plan-panel.tsx";
import { SpacesPanel } from "./spaces-panel.tsx";
import { close, toggle, tools, useTools, type Tool } from "./state.ts";
import { SunPanel, useSun } from "./sun-panel.tsx";
import { WalkPanel } from "./walk-panel.tsx";

export interface PanelProps {
  readonly site: Site;
  readonly scene: TwinScene;
}

const panels: Readonly<Record<Tool, (props: PanelProps) => ReactNode>> = {
  cut: CutPanel,
  plan: PlanPanel,
  measure: MeasurePanel,
  walk: WalkPanel,
  sun: SunPanel,
  spaces: SpacesPanel,
  picture: PicturePanel,
  compare: ComparePanel,
  time: TimePanel,
  bookmarks: BookmarksPanel,
  bcf: BcfPanel,
  keys: KeysPanel,
};

export function Tools(props: PanelProps) {
  const { t } = useText();
  const open = useTools((state) => state.open);
  const inUse = useInUse();
  useFollow(props.scene, props.site);
  useSun(props.scene);
  useCompare(props.scene, props.site);
  useEscape(open !== null);
  useHelp();
  const Panel = open && panels[open];
  return (
    <>
      <PastNotice />
      <Swipe />
      {Panel && (
        <section className="tool-panel" aria-label={t(`tool.${open}` as Key)}>
          <header>
            <h2>{t(`tool.${open}` as Key)}</h2>
            <IconButton icon="close" className="small" label={t("tool.close")} onClick={close} />
          </header>
          <Panel {...props} />
        </section>
      )}
      <div className="toolbar" role="toolbar" aria-label={t("tools.label")}>
        {tools.map((tool) => (
          <IconButton
            key={tool}
            icon={tool}
            label={t(`tool.${tool}`)}
            aria-pressed={open === tool}
            className={[inUse.has(tool) && "in-use", tool === "compare" && "apart"].filter(Boolean).join(" ")}
            onClick={() => toggle(tool)}
          />
        ))}
      </div>
    </>
  );
}

/** Tools whose work is seen though they are closed. */
function useInUse(): ReadonlySet<Tool> {
  const { cut, plan, sun, on, at, compare } = useStore((state) => state.view);
  const viewpoint = useBcf((state) => state.shown !== "");
  const found: (Tool | false)[] = [compare !== null && "compare", at !== "" && "time", viewpoint && "bcf", cut !== null && "cut", plan !== null && "plan", sun !== "" && "sun", on.some((part) => part.startsWith("spaces:")) && "spaces"];
  return new Set(found.filter((tool) => tool !== false));
}

/** The first Escape closes the tool; the next is the scene's. */
function useEscape(on: boolean): void {
  useEffect(() => {
    if (!on) return;
    const hear = (event: KeyboardEvent): void => {
      if (event.key !== "Escape" || event.defaultPrevented) return;
      event.preventDefault();
      close();
    };
    addEventListener("keydown", hear, true);
    return () => removeEventListener("keydown", hear, true);
  }, [on]);
}

/** The question mark opens the list of keys, unless one is writing. */
function useHelp(): void {
  useEffect(() => {
    const hear = (event: KeyboardEvent): void => {
      const writing = event.target instanceof HTMLElement && event.target.closest("input, textarea, select, [contenteditable]") !== null;
      if (event.key !== "?" || writing || event.defaultPrevented) return;
      event.preventDefault();
      toggle("keys");
    };
    addEventListener("keydown", hear);
    return () => removeEventListener("keydown", hear);
  }, []);
}

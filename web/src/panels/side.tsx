// The left panel's three readings of the scene: what is in view, what the models are made of, and colours.
import { useRef, useState, type KeyboardEvent } from "react";
import type { Site } from "../api/types.ts";
import { useText } from "../i18n/use-text.ts";
import type { TwinScene } from "../scene/scene.ts";
import { amend, useStore } from "../state.ts";
import { Colours } from "./colour/colours.tsx";
import { Contents } from "./contents.tsx";
import { Structure } from "./tree/structure.tsx";

const tabs = ["layers", "structure", "colours"] as const;
type Tab = (typeof tabs)[number];

interface Props {
  readonly site: Site;
  readonly scene: TwinScene | null;
  readonly onFly: (part: string) => void;
}

export function Side({ site, scene, onFly }: Props) {
  const { t } = useText();
  const [tab, setTab] = useState<Tab>(first);
  const list = useRef<HTMLDivElement>(null);
  const open = (next: Tab): void => {
    setTab(next);
    if (next === "structure" && useStore.getState().view.tree === "") amend({ tree: "place" });
    if (next === "layers") amend({ tree: "" });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    const next = (tabs.indexOf(tab) + step + tabs.length) % tabs.length;
    open(tabs[next]!);
    list.current?.querySelectorAll("button")[next]?.focus();
  };
  return (
    <>
      <div className="tabs" role="tablist" aria-label={t("side.title")} ref={list} onKeyDown={onKeyDown}>
        {tabs.map((one) => (
          <button
            key={one}
            type="button"
            role="tab"
            id={`side-${one}`}
            aria-selected={one === tab}
            aria-controls="side-panel"
            tabIndex={one === tab ? 0 : -1}
            onClick={() => open(one)}
          >
            {t(`side.${one}`)}
          </button>
        ))}
      </div>
      <div className={tab === "structure" ? "fill" : "scroll"} role="tabpanel" id="side-panel" aria-labelledby={`side-${tab}`}>
        {tab === "layers" && <Contents site={site} onFly={onFly} />}
        {tab === "structure" && <Structure site={site} scene={scene} />}
        {tab === "colours" && <Colours site={site} />}
      </div>
    </>
  );
}

/** The tab that the address asks for. */
function first(): Tab {
  const { tree, paint } = useStore.getState().view;
  return tree ? "structure" : paint ? "colours" : "layers";
}

// A selected part of a building model, in tabs.
import { useQuery } from "@tanstack/react-query";
import { useRef, useState, type KeyboardEvent } from "react";
import { findingsOnQuery } from "../../api/elements.ts";
import { assetsOfQuery } from "../../api/register.ts";
import type { Feature, Model } from "../../api/types.ts";
import { useText } from "../../i18n/use-text.ts";
import { text } from "../element.ts";
import { Assets } from "./asset.tsx";
import { Documents, Materials, Properties, Quantities } from "./described.tsx";
import { Findings } from "./findings.tsx";
import { Identity } from "./identity.tsx";
import { Systems } from "./systems.tsx";
import { Versions } from "./versions.tsx";

const tabs = ["identity", "properties", "quantities", "materials", "systems", "documents", "versions", "findings", "asset"] as const;
type Tab = (typeof tabs)[number];

export interface ElementProps {
  readonly feature: Feature;
  readonly collection: string;
  readonly model: Model | undefined;
  /** There is an asset register. */
  readonly register: boolean;
}

/** The tab that was read last stays open for the next element. */
let last: Tab = "identity";

export function Element(props: ElementProps) {
  const { t, number } = useText();
  const [tab, setTab] = useState<Tab>(last);
  const list = useRef<HTMLDivElement>(null);
  const { properties } = props.feature;
  const { data: found } = useQuery(findingsOnQuery(text(properties, "model"), text(properties, "global_id")));
  const { data: assets } = useQuery(assetsOfQuery(String(props.feature.id), props.register));
  const counts: Partial<Record<Tab, number>> = { findings: found?.length ?? 0, asset: assets?.length ?? 0 };
  const open = (next: Tab): void => {
    last = next;
    setTab(next);
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
      <div className="tabs wrap" role="tablist" aria-label={t("inspector.tabs")} ref={list} onKeyDown={onKeyDown}>
        {tabs.map((one) => (
          <button
            key={one}
            type="button"
            role="tab"
            id={`about-${one}`}
            aria-selected={one === tab}
            aria-controls="about-panel"
            tabIndex={one === tab ? 0 : -1}
            onClick={() => open(one)}
          >
            {t(`inspector.tab.${one}`)}
            {counts[one] ? <span className="count">{number(counts[one])}</span> : null}
          </button>
        ))}
      </div>
      <div role="tabpanel" id="about-panel" aria-labelledby={`about-${tab}`}>
        {tab === "identity" && <Identity {...props} />}
        {tab === "properties" && <Properties {...props} />}
        {tab === "quantities" && <Quantities {...props} />}
        {tab === "materials" && <Materials {...props} />}
        {tab === "systems" && <Systems {...props} />}
        {tab === "documents" && <Documents {...props} />}
        {tab === "versions" && <Versions {...props} />}
        {tab === "findings" && <Findings {...props} found={found} />}
        {tab === "asset" && <Assets assets={props.register ? assets : []} />}
      </div>
    </>
  );
}

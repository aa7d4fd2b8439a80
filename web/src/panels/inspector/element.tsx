// A selected part of a building model, in tabs.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { findingsOnQuery } from "../../api/elements.ts";
import { assetsOfQuery } from "../../api/register.ts";
import type { Feature, Model } from "../../api/types.ts";
import { useText } from "../../i18n/use-text.ts";
import { useStore } from "../../state.ts";
import { Tabs } from "../../ui/tabs.tsx";
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
  const at = useStore(({ view }) => view.at);
  const { properties } = props.feature;
  const { data: found } = useQuery(findingsOnQuery(text(properties, "model"), text(properties, "global_id"), at));
  const { data: assets } = useQuery(assetsOfQuery(String(props.feature.id), props.register, at));
  const counts: Partial<Record<Tab, number>> = { findings: found?.length ?? 0, asset: assets?.length ?? 0 };
  const open = (next: Tab): void => {
    last = next;
    setTab(next);
  };
  const titled = (one: Tab) => (
    <>
      {t(`inspector.tab.${one}`)}
      {counts[one] ? <span className="count">{number(counts[one])}</span> : null}
    </>
  );
  return (
    <Tabs id="about" label={t("inspector.tabs")} tabs={tabs} open={tab} onOpen={open} name={titled} wrap>
      {tab === "identity" && <Identity {...props} />}
      {tab === "properties" && <Properties {...props} />}
      {tab === "quantities" && <Quantities {...props} />}
      {tab === "materials" && <Materials {...props} />}
      {tab === "systems" && <Systems {...props} />}
      {tab === "documents" && <Documents {...props} />}
      {tab === "versions" && <Versions {...props} />}
      {tab === "findings" && <Findings {...props} found={found} />}
      {tab === "asset" && <Assets assets={props.register ? assets : []} />}
    </Tabs>
  );
}

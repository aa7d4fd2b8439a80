// The left panel's three readings of the scene: what is in view, what the models are made of, and colours.
import { useState } from "react";
import type { Site } from "../api/types.ts";
import { useText } from "../i18n/use-text.ts";
import type { TwinScene } from "../scene/scene.ts";
import { amend, useStore } from "../state.ts";
import { Tabs } from "../ui/tabs.tsx";
import { Colours } from "./colour/colours.tsx";
import { Contents } from "./contents.tsx";
import { Moment } from "./time/moment.tsx";
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
  const open = (next: Tab): void => {
    setTab(next);
    if (next === "structure" && useStore.getState().view.tree === "") amend({ tree: "place" });
    if (next === "layers") amend({ tree: "" });
  };
  return (
    <>
      <Moment at={site.at} />
      <Tabs
        id="side"
        label={t("side.title")}
        tabs={tabs}
        open={tab}
        onOpen={open}
        name={(one) => t(`side.${one}`)}
        panel={tab === "structure" ? "fill" : "scroll"}
      >
        {tab === "layers" && <Contents site={site} onFly={onFly} />}
        {tab === "structure" && <Structure site={site} scene={scene} />}
        {tab === "colours" && <Colours site={site} />}
      </Tabs>
    </>
  );
}

/** The tab that the address asks for. */
function first(): Tab {
  const { tree, paint } = useStore.getState().view;
  return tree ? "structure" : paint ? "colours" : "layers";
}

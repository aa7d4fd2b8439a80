// Assets: the register, networks, ways and proposals beside the scene; work, floors and figures as pages of their own.
import { useEffect, useState, type ReactNode } from "react";
import type { Site } from "../api/types.ts";
import { useText } from "../i18n/use-text.ts";
import type { TwinScene } from "../scene/scene.ts";
import { useStore } from "../state.ts";
import { IconButton } from "../ui/button.tsx";
import { assetTabs, besideScene, type AssetTab } from "./assets/address.ts";
import { AssetPage } from "./assets/asset-page.tsx";
import { goAssets } from "./assets/going.ts";
import { pages } from "./assets/pages.tsx";
import { Proposals } from "./assets/proposals.tsx";
import { Register } from "./assets/register.tsx";
import { Routes } from "./assets/routes.tsx";
import { Trace } from "./assets/trace.tsx";

interface BesideProps {
  readonly site: Site;
  readonly scene: TwinScene | null;
  readonly dark: boolean;
}

/** What is read beside the scene; on narrow screens one of the two is seen. */
export function AssetsBeside({ site, scene, dark }: BesideProps) {
  const { t } = useText();
  const { tab, asset } = useStore(({ view }) => view.assets);
  const [scenery, setScenery] = useState(false);
  useEffect(() => setScenery(false), [tab, asset]);
  const pagesOf: Partial<Record<AssetTab, ReactNode>> = {
    register: asset ? <AssetPage key={asset} id={asset} site={site} scene={scene} /> : <Register site={site} scene={scene} dark={dark} />,
    trace: <Trace site={site} scene={scene} />,
    routes: <Routes site={site} scene={scene} />,
    proposals: <Proposals scene={scene} />,
  };
  return (
    <>
      <section className={`assets-panel${scenery ? " aside" : ""}`} aria-label={t("place.assets")}>
        <AssetTabs tab={tab} />
        {pagesOf[tab]}
      </section>
      <IconButton
        icon={scenery ? "panel" : "spaces"}
        className="assets-switch"
        label={t(scenery ? "assets.showPanel" : "assets.showScene")}
        onClick={() => setScenery(!scenery)}
      />
    </>
  );
}

/** Pages that take the whole width. */
export function AssetPages({ site, dark }: { site: Site; dark: boolean }) {
  const { tab } = useStore(({ view }) => view.assets);
  const Page = pages[tab];
  return (
    <main className="page assets-page" id="scene">
      <AssetTabs tab={tab} />
      {Page && <Page site={site} dark={dark} />}
    </main>
  );
}

function AssetTabs({ tab }: { tab: AssetTab }) {
  const { t } = useText();
  const offered = assetTabs.filter((one) => besideScene.has(one) || pages[one]);
  return (
    <header className="assets-head">
      <h1>{t("place.assets")}</h1>
      <nav className="chapters" aria-label={t("assets.tabs")}>
        {offered.map((one) => (
          <button key={one} type="button" aria-current={one === tab ? "page" : undefined} onClick={() => goAssets({ tab: one, asset: "" })}>
            {t(`assets.tab.${one}`)}
          </button>
        ))}
      </nav>
    </header>
  );
}

// The scene's place in the page: what the state says goes in, what a person points at comes out.
import { useEffect, useRef, useState } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { Problem } from "../api/problem.ts";
import type { Site } from "../api/types.ts";
import { useText } from "../i18n/use-text.ts";
import { useAppearance } from "../panels/colour/use-appearance.ts";
import type { TwinScene } from "../scene/scene.ts";
import { amend, go, drawn, select, selectAlso, setStatus, tell, useStore } from "../state.ts";
import { exposeForTests } from "../testing.ts";

interface Props {
  readonly site: Site;
  readonly dark: boolean;
  readonly scene: TwinScene | null;
  readonly onScene: (scene: TwinScene | null) => void;
}

const load = () => import("../scene/scene.ts");
// The engine is most of the script: whoever begins here gets it while the description of the site is on its way. A failure is told below.
if (useStore.getState().view.place === "twin") load().catch(() => undefined);

export function SceneView({ site, dark, scene, onScene }: Props) {
  const { t, language } = useText();
  const container = useRef<HTMLDivElement>(null);
  const credits = useRef<HTMLDivElement>(null);
  const [unsupported, setUnsupported] = useState(false);
  const view = useStore((state) => state.view);
  const pins = useStore((state) => state.pins);
  const others = useStore((state) => state.others);
  const seeThrough = useStore((state) => state.seeThrough);
  const queries = useQueryClient();

  useEffect(() => {
    let made: TwinScene | null = null;
    let gone = false;
    start(container.current!, credits.current!, site).then(
      (started) => {
        if (gone) return started.destroy();
        made = started;
        exposeForTests(started, queries);
        onScene(started);
      },
      (error: unknown) => {
        setUnsupported(true);
        tell(Problem.of(error, "scene-unsupported"));
      },
    );
    return () => {
      gone = true;
      made?.destroy();
      onScene(null);
    };
    // The scene is made once; later descriptions of the site are handed to it below.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);

  useEffect(() => scene?.setSite(site), [scene, site]);
  useEffect(() => scene?.setShown(drawn(site, view)), [scene, site, view.on, view.off, view.plan]);
  useEffect(() => scene?.setSelection(view.selection), [scene, site, view.selection]);
  useEffect(() => scene?.selectOthers(new Set(others)), [scene, others]);
  useEffect(() => scene?.setPins(pins), [scene, pins]);
  useAppearance(site, scene);
  useEffect(() => scene?.setLanguage(language), [scene, language]);
  useEffect(() => scene?.setSeeThrough(seeThrough !== "off"), [scene, seeThrough]);
  useEffect(() => scene?.setDark(dark), [scene, dark]);
  useEffect(() => scene?.edges.set(view.edges), [scene, view.edges]);
  useEffect(() => {
    if (view.camera) scene?.setCamera(view.camera);
  }, [scene, view.camera]);

  return (
    <div className="scene">
      <div
        id="scene"
        className="canvas"
        ref={container}
        role="application"
        aria-label={t("scene.label")}
        tabIndex={0}
        onKeyDown={(event) => {
          if (scene?.step(event.key)) event.preventDefault();
        }}
      />
      <div className="credits" ref={credits} />
      {unsupported ? <p className="over">{t("scene.unsupported")}</p> : !scene && <p className="over">{t("scene.starting")}</p>}
    </div>
  );
}

async function start(container: HTMLElement, credits: HTMLElement, site: Site): Promise<TwinScene> {
  const { TwinScene } = await load();
  return new TwinScene(container, credits, site, useStore.getState().view.camera, {
    picked: ({ selection, point, also }) => {
      if (selection?.collection === "finding") return go({ finding: selection.id, chapter: "findings" });
      (also ? selectAlso : select)(selection, point);
    },
    pointer: (pointer) => useStore.setState({ pointer }),
    camera: (camera) => {
      useStore.setState({ eye: camera });
      amend({ camera });
    },
    status: setStatus,
    progress: (progress) => useStore.setState({ progress }),
    failure: tell,
  });
}

// Map & Twin: what is in view on the left, the scene, the selected thing on the right.
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState, type ReactNode } from "react";
import { holdEdits } from "../api/editor.ts";
import { itemQuery } from "../api/queries.ts";
import { Problem } from "../api/problem.ts";
import { versionsQuery } from "../api/versions.ts";
import type { Feature, SearchResult, Site } from "../api/types.ts";
import { useText } from "../i18n/use-text.ts";
import { Inspector } from "../panels/inspector.tsx";
import { Overview } from "../panels/overview.tsx";
import { Search } from "../panels/search.tsx";
import { Side } from "../panels/side.tsx";
import { StatusLine } from "../panels/status.tsx";
import { stateThen } from "../panels/time/as-of.ts";
import { useSiteThen } from "../panels/time/use-then.ts";
import { Tools } from "../panels/tools/tools.tsx";
import type { TwinScene } from "../scene/scene.ts";
import { go, key, select, show, shown, tell, useStore } from "../state.ts";
import { IconButton } from "../ui/button.tsx";
import type { Selection } from "../url.ts";
import { flyToFeature, reach } from "./fly.ts";
import { SceneView } from "./scene-view.tsx";
import { previewOf } from "./submissions/preview-look.ts";
import { usePreviews } from "./submissions/preview-state.ts";
import { Goes, SubmittedElement } from "./submissions/submitted-element.tsx";

/** What is read beside the scene in place of its contents. */
export interface Beside {
  /** Class of the place, for its layout. */
  readonly name: "reading" | "assets";
  readonly panel: (scene: TwinScene | null, dark: boolean) => ReactNode;
}

interface Props {
  readonly site: Site;
  readonly dark: boolean;
  readonly hidden: boolean;
  /** Null for the place itself. */
  readonly beside: Beside | null;
}

export function Twin({ site: present, dark, hidden, beside }: Props) {
  const site = useSiteThen(present);
  const past = useStore((state) => state.view.at !== "") && !hidden;
  useEffect(() => holdEdits(past), [past]);
  const { t } = useText();
  const queries = useQueryClient();
  const [scene, setScene] = useState<TwinScene | null>(null);
  const [contents, setContents] = useState(() => innerWidth > 860);
  const selection = useStore((state) => state.view.selection);
  const seeThrough = useStore((state) => state.seeThrough);
  const edges = useStore((state) => state.view.edges);
  const spot = useStore((state) => state.spot);
  const panel = beside === null && contents;

  useEffect(() => {
    scene?.setSpot(spot);
    if (spot) void scene?.flyToSpot(spot).then(() => scene.setSpot(useStore.getState().spot));
  }, [scene, spot]);
  useEffect(() => {
    const close = (event: KeyboardEvent): void => {
      if (event.key === "Escape" && !event.defaultPrevented) select(null);
    };
    addEventListener("keydown", close);
    return () => removeEventListener("keydown", close);
  }, []);

  const flyToPart = useCallback((part: string) => scene && void flyTo(scene, site, part), [scene, site]);
  const flyToSelected = useCallback((feature: Feature) => scene && void flyToFeature(scene, feature), [scene]);
  const choose = useCallback(
    (result: SearchResult) => {
      const part = partOf(site, result);
      if (part) {
        show(site, [part], true);
        return void (scene && flyTo(scene, site, part));
      }
      if (result.id === null) return;
      select({ collection: result.collection, id: result.id });
      reveal(site, result.collection, result.id);
      const state = stateThen(result.collection, site.at, queries.getQueryData(versionsQuery(site.change).queryKey));
      queries.fetchQuery(itemQuery(result.collection, result.id, state)).then(
        (feature) => scene && void (result.collection === "elements" ? reach(scene, String(feature.id), feature) : flyToFeature(scene, feature)),
        (error: unknown) => tell(Problem.of(error)),
      );
    },
    [scene, site, queries],
  );

  return (
    <div className={`twin${beside ? ` ${beside.name}` : contents ? "" : " wide"}`} hidden={hidden}>
      {beside?.panel(scene, dark)}
      <aside className="left" aria-label={t("contents.title")} hidden={!panel}>
        <div className="panel-head">
          <Search onChoose={choose} />
          <IconButton icon="panel" label={t("contents.hide")} onClick={() => setContents(false)} />
        </div>
        <Side site={site} scene={scene} onFly={flyToPart} />
      </aside>
      <main className="centre">
        {!beside && <h1 className="unseen">{t("place.twin")}</h1>}
        <SceneView site={site} dark={dark} scene={scene} onScene={setScene} />
        {!contents && beside === null && (
          <div className="tools start">
            <IconButton icon="panel" label={t("contents.show")} onClick={() => setContents(true)} />
          </div>
        )}
        <LocalNotice site={site} />
        <SubmittedNotice />
        <div className="tools end">
          <IconButton
            icon="through"
            label={t("scene.through")}
            aria-pressed={seeThrough !== "off"}
            disabled={!scene}
            onClick={() => useStore.setState({ seeThrough: seeThrough === "off" ? "asked" : "off" })}
          />
          <IconButton icon="edges" label={t("scene.edges")} aria-pressed={edges} disabled={!scene} onClick={() => go({ edges: !edges })} />
          <IconButton icon="home" label={t("scene.home")} disabled={!scene} onClick={() => scene?.home()} />
          <IconButton icon="north" label={t("scene.north")} disabled={!scene} onClick={() => scene?.faceNorth()} />
          <IconButton icon="plus" label={t("scene.zoomIn")} disabled={!scene} onClick={() => scene?.step("+")} />
          <IconButton icon="minus" label={t("scene.zoomOut")} disabled={!scene} onClick={() => scene?.step("-")} />
        </div>
        {scene && <Tools site={site} scene={scene} />}
        <StatusLine />
      </main>
      <aside className="right" hidden={beside?.name === "assets" || (beside !== null && selection === null)}>
        {selection ? <Selected site={site} selection={selection} onFly={flyToSelected} /> : <Overview site={site} />}
      </aside>
    </div>
  );
}

/** What is selected: an element of a submitted model is told by its submission, everything else by the twin. */
function Selected(props: { site: Site; selection: Selection; onFly: (feature: Feature) => void }) {
  const seen = usePreviews((state) => state.seen);
  const preview = previewOf(props.selection, seen);
  if (preview) return <SubmittedElement {...props} preview={preview} />;
  return (
    <>
      <Goes selection={props.selection} previews={seen} />
      <Inspector {...props} />
    </>
  );
}

/** Says so while models stand in the scene that nobody has approved. */
function SubmittedNotice() {
  const { t } = useText();
  const names = usePreviews((state) => state.seen).map(({ model }) => model);
  return names.length ? <p className="banner submitted">{t("preview.banner", { names: names.join(", ") })}</p> : null;
}

/** Says so while something stands in the scene that is not in its true place. */
function LocalNotice({ site }: { site: Site }) {
  const { t, say } = useText();
  const view = useStore((state) => state.view);
  const now = shown(site, view);
  const names = site.models.filter((model) => model.placement === "local" && now.has(key("model", model.id))).map(({ title, id }) => say(title) || id);
  return names.length ? <p className="banner">{t("model.local.shown", { name: names.join(", ") })}</p> : null;
}

async function flyTo(scene: TwinScene, site: Site, part: string): Promise<void> {
  const [kind, id] = [part.slice(0, part.indexOf(":")), part.slice(part.indexOf(":") + 1)];
  if (kind === "model") return scene.flyToModel(id);
  const bbox =
    kind === "layer" ? site.layers.find((one) => one.id === id)?.bbox : kind === "imagery" ? site.imagery.find((one) => one.id === id)?.bbox : site.bbox;
  if (bbox) await scene.flyTo(bbox, null);
}

/** The part of the scene that a result stands for, null when it is a Feature inside one. */
function partOf(site: Site, { collection, id }: SearchResult): string | null {
  if (id === null && site.layers.some((layer) => layer.id === collection)) return key("layer", collection);
  if (id === null && site.imagery.some((image) => image.id === collection)) return key("imagery", collection);
  return collection === "models" && site.models.some((model) => model.id === id) ? key("model", id!) : null;
}

/** Shows what holds a Feature, if it is hidden. */
function reveal(site: Site, collection: string, id: string): void {
  const model = site.models.find((one) => id.startsWith(`${one.id}:`));
  if (collection === "elements" && model?.placement === "georeferenced") show(site, [key("model", model.id)], true);
  else if (site.layers.some((layer) => layer.id === collection)) show(site, [key("layer", collection)], true);
}

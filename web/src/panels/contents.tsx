// What is in view: models, layers, imagery, terrain; each can be shown, hidden, flown to.
import type { ReactNode } from "react";
import type { Layer, Model, Site } from "../api/types.ts";
import { useText, type Words } from "../i18n/use-text.ts";
import { key, show, shown as shownIn, useStore, type Status } from "../state.ts";
import { Tree, type TreeBranch, type TreeItem } from "../ui/tree.tsx";

type StatusOf = Readonly<Record<string, Status>>;

export function Contents({ site, onFly }: { site: Site; onFly: (part: string) => void }) {
  const words = useText();
  const { t } = words;
  const view = useStore((state) => state.view);
  const status = useStore((state) => state.status);
  const shown = shownIn(site, view);
  if (site.models.length + site.layers.length + site.imagery.length === 0) return <Empty />;
  return (
    <Tree
      label={t("contents.title")}
      branches={branchesOf(site, shown, status, words)}
      onToggle={(ids, visible) => show(site, ids, visible)}
      onOpen={onFly}
      openLabel={(name) => t("contents.fly", { name })}
    />
  );
}

function Empty() {
  const { t } = useText();
  return (
    <div className="nothing">
      <h3>{t("contents.empty.title")}</h3>
      <p>{t("contents.empty.text")}</p>
      <pre>csdi demo{"\n"}csdi layers add FILE{"\n"}csdi models add FILE.ifc</pre>
    </div>
  );
}

function branchesOf(site: Site, shown: ReadonlySet<string>, status: StatusOf, words: Words): TreeBranch[] {
  const { t, say, number } = words;
  const branches: TreeBranch[] = [
    {
      id: "models",
      label: t("group.models"),
      detail: number(sum(site.models)),
      items: site.models.map((model) => modelItem(model, shown, status, words)).sort(byLabel),
      empty: <Add text={t("contents.noModels")} command="csdi models add FILE.ifc" />,
    },
    {
      id: "layers",
      label: t("group.layers"),
      detail: number(sum(site.layers)),
      items: site.layers.map((layer) => layerItem(layer, shown, status, words)).sort(byLabel),
      empty: <Add text={t("contents.noLayers")} command="csdi layers add FILE" />,
    },
  ];
  if (site.imagery.length)
    branches.push({
      id: "imagery",
      label: t("group.imagery"),
      detail: number(site.imagery.length),
      items: site.imagery.map(({ id, title }) => ({ id: key("imagery", id), label: say(title) || id, checked: shown.has(key("imagery", id)) })),
    });
  if (site.terrain)
    branches.push({
      id: "terrain",
      label: t("group.terrain"),
      items: [{ id: key("terrain", "terrain"), label: t("terrain.surface"), checked: shown.has(key("terrain", "terrain")) }],
    });
  return branches;
}

function modelItem(model: Model, shown: ReadonlySet<string>, status: StatusOf, { t, say, number }: Words): TreeItem {
  const id = key("model", model.id);
  const local = model.placement === "local";
  return {
    id,
    label: say(model.title) || model.name || model.id,
    checked: shown.has(id) && model.tileset !== null,
    disabled: model.tileset === null,
    solid: true,
    color: local ? "var(--muted)" : "var(--accent)",
    hint: local ? [t("model.local.notice"), model.reason].filter(Boolean).join(" ") : [model.name, model.schema].filter(Boolean).join(" · "),
    detail: (
      <>
        {model.tileset === null ? <span className="badge">{t("model.noTiles")}</span> : local && <span className="badge">{t("model.local")}</span>}
        {status[id]?.state === "failed" ? <Failed words={t("contents.failed")} /> : number(model.count)}
      </>
    ),
  };
}

function layerItem(layer: Layer, shown: ReadonlySet<string>, status: StatusOf, { t, say, number }: Words): TreeItem {
  const id = key("layer", layer.id);
  const now = status[id];
  const some = { n: now?.loaded ?? 0, total: layer.count };
  const partly = now?.state === "loading" || (now?.state === "ready" && now.cut);
  return {
    id,
    label: say(layer.title) || layer.id,
    checked: shown.has(id),
    solid: Boolean(layer.style.extrude),
    color: layer.style.color,
    hint: now?.cut ? t("contents.cut", some) : undefined,
    detail: now?.state === "failed" ? <Failed words={t("contents.failed")} /> : partly ? t("contents.of", some) : number(layer.count),
  };
}

function byLabel(a: TreeItem, b: TreeItem): number {
  return a.label.localeCompare(b.label);
}

function Add({ text, command }: { text: string; command: string }): ReactNode {
  return (
    <>
      {text} <code>{command}</code>
    </>
  );
}

function Failed({ words }: { words: string }) {
  return <span className="badge bad">{words}</span>;
}

function sum(parts: readonly { count: number }[]): number {
  return parts.reduce((total, { count }) => total + count, 0);
}

// BCF: the view as a viewpoint in an archive, and the viewpoints of an archive in the scene.
import { useState } from "react";
import { Problem } from "../../api/problem.ts";
import { readArchive, writeView, type TopicIn, type ViewIn } from "../../api/viewpoints.ts";
import { useText } from "../../i18n/use-text.ts";
import { modelOf, tell, useStore } from "../../state.ts";
import { Button } from "../../ui/button.tsx";
import { download } from "../../ui/download.ts";
import { DropZone } from "../../ui/drop-zone.tsx";
import { ModelChoice, useModel } from "../tools/model-choice.tsx";
import type { PanelProps } from "../tools/tools.tsx";
import { apply, letGo } from "./apply.ts";
import { useBcf } from "./state.ts";

const versions = ["2.1", "3.0"] as const;

export function BcfPanel(props: PanelProps) {
  const { t } = useText();
  return (
    <div className="tool-body bcf">
      <h3>{t("bcf.out")}</h3>
      <Out {...props} />
      <h3>{t("bcf.in")}</h3>
      <In {...props} />
    </div>
  );
}

function Out({ site, scene }: PanelProps) {
  const { t } = useText();
  const drawn = site.models.filter(({ tileset }) => tileset);
  const [model, choose] = useModel(drawn);
  const [title, setTitle] = useState("");
  const [version, setVersion] = useState<(typeof versions)[number]>("2.1");
  const [busy, setBusy] = useState(false);
  const save = async (): Promise<void> => {
    if (!model) return;
    setBusy(true);
    try {
      const { view, others } = useStore.getState();
      const selected = [...(view.selection ? [view.selection.id] : []), ...others].filter((id) => modelOf(id) === model.id);
      const cut = scene.tools.knife.cut;
      const archive = await writeView({
        model: model.id,
        title: title.trim() || t("bcf.untitled"),
        description: location.href,
        version,
        camera: scene.viewpoints.eye(),
        planes: cut ? scene.viewpoints.planesOf(cut) : [],
        selection: selected.map((id) => id.slice(model.id.length + 1)),
        only: view.only,
        hidden: view.hidden,
        spaces: view.on.includes(`spaces:${model.id}`),
        snapshot: await scene.viewpoints.picture(),
      });
      download(archive, title.trim() || t("bcf.untitled"), version === "2.1" ? "bcfzip" : "bcf");
    } catch (error) {
      tell(Problem.of(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <ModelChoice models={drawn} model={model} onChoose={choose} />
      <label className="field-row">
        <span>{t("bcf.title")}</span>
        <input type="text" maxLength={200} value={title} placeholder={t("bcf.untitled")} onChange={(event) => setTitle(event.target.value)} />
      </label>
      <div className="kinds" role="radiogroup" aria-label={t("bcf.version")}>
        {versions.map((one) => (
          <label key={one} className={one === version ? "chosen" : ""}>
            <input type="radio" name="bcf-version" checked={one === version} onChange={() => setVersion(one)} />
            BCF {one}
          </label>
        ))}
      </div>
      <div className="tool-foot">
        <Button icon="out" disabled={busy || !model} onClick={() => void save()}>{t(busy ? "bcf.busy" : "bcf.save")}</Button>
      </div>
    </>
  );
}

function In({ site, scene }: PanelProps) {
  const { t, say } = useText();
  const { archive, name, shown, left } = useBcf();
  const read = async (file: Blob & { name?: string }, model = ""): Promise<void> => {
    try {
      useBcf.setState({ archive: await readArchive(file, model), name: file.name ?? "", shown: "", left: 0 });
    } catch (error) {
      tell(Problem.of(error));
    }
  };
  const model = archive && site.models.find(({ id }) => id === archive.model);
  const count = archive?.topics.reduce((sum, { viewpoints }) => sum + viewpoints.length, 0) ?? 0;
  return (
    <>
      <DropZone says={t("bcf.drop")} onFiles={(files) => files[0] && void read(files[0])}>
        {null}
      </DropZone>
      {archive && (
        <>
          <p className="tool-hint" role="status">
            {t("bcf.read", { name, version: archive.version, topics: archive.count, n: count, model: say(model?.title) || archive.model })}
          </p>
          <ul className="topics">
            {archive.topics.map((topic) => (
              <Topic key={topic.guid} topic={topic} shown={shown} onShow={(view) => void apply(view, archive.model, site, scene)} />
            ))}
          </ul>
          {left > 0 && <p className="tool-hint" role="status">{t("bcf.left", { n: left })}</p>}
          <div className="tool-foot">
            <Button disabled={!shown} onClick={() => letGo(scene)}>{t("bcf.letGo")}</Button>
          </div>
        </>
      )}
    </>
  );
}

function Topic({ topic: { title, description, status, viewpoints }, shown, onShow }: { topic: TopicIn; shown: string; onShow: (view: ViewIn) => void }) {
  const { t } = useText();
  return (
    <li>
      <p>
        <strong>{title || t("bcf.untitled")}</strong> {status && <small>{status}</small>}
      </p>
      {description && <p className="tool-hint clamp">{description}</p>}
      {viewpoints.length === 0 && <p className="tool-hint">{t("bcf.noViewpoint")}</p>}
      <div className="views">
        {viewpoints.map((view, at) =>
          view.problem ? (
            <p className="tool-hint" key={view.guid || at}>{view.problem}</p>
          ) : (
            <button type="button" key={view.guid || at} aria-pressed={shown === view.guid} aria-label={t("bcf.show", { n: at + 1, title })} onClick={() => onShow(view)}>
              {view.snapshot ? <img src={view.snapshot} alt="" /> : <span>{t("bcf.view", { n: at + 1 })}</span>}
            </button>
          ),
        )}
      </div>
    </li>
  );
}

// Sections: a box around something, planes across a model, or a plane through a face; every side as a number.
import { useQueryClient } from "@tanstack/react-query";
import { Problem } from "../../api/problem.ts";
import { itemQuery } from "../../api/queries.ts";
import { useText } from "../../i18n/use-text.ts";
import { axes, flipped, frameAt, moved, turned, type Axis, type Cut } from "../../scene/tools/cut.ts";
import { amend, go, tell, useStore } from "../../state.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { boxOfFeature } from "./follow.ts";
import { ModelChoice, placed, useModel } from "./model-choice.tsx";
import { NumberField } from "./number-field.tsx";
import { useTools } from "./state.ts";
import type { PanelProps } from "./tools.tsx";

export function CutPanel({ site, scene }: PanelProps) {
  const { t } = useText();
  const cut = useStore((state) => state.view.cut);
  const selection = useStore((state) => state.view.selection);
  const facing = useTools((state) => state.facing);
  const models = placed(site);
  const [model, choose] = useModel(models);
  const boxOf = useBox(site.centre[2]);
  const plane = (axis: Axis): void => void (model && boxOf("models", model.id, ({ lon, lat, height, heading }) => scene.tools.halved(frameAt(lon, lat, height, heading), axis)));
  return (
    <div className="tool-body">
      <ModelChoice models={models} model={model} onChoose={choose} />
      <div className="tool-actions">
        <Button disabled={!selection} onClick={() => selection && boxOf(selection.collection, selection.id)}>{t("cut.selection")}</Button>
        <Button disabled={!model} onClick={() => model && boxOf("models", model.id)}>{t("cut.model")}</Button>
        {axes.map((axis) => (
          <Button key={axis} disabled={!model} onClick={() => plane(axis)}>{t(`cut.${axis}`)}</Button>
        ))}
        <Button aria-pressed={facing} onClick={() => useTools.setState({ facing: !facing })}>{t("cut.face")}</Button>
      </div>
      {facing && <p className="tool-hint" role="status">{t("cut.face.wait")}</p>}
      {cut && <Sides cut={cut} />}
    </div>
  );
}

function Sides({ cut }: { cut: Cut }) {
  const { t } = useText();
  const { face } = cut;
  return (
    <>
      <div className="sides">
        {axes.map((axis) => {
          const name = t(`cut.axis.${axis}`);
          return (
            <div key={axis} className={`side ${axis}`} role="group" aria-label={name}>
              <span className="side-name">{name}</span>
              <NumberField label={t("cut.low", { axis: name })} value={cut[axis][0]} onChange={(to) => amend({ cut: moved(cut, axis, 0, to) })} />
              <NumberField label={t("cut.high", { axis: name })} value={cut[axis][1]} onChange={(to) => amend({ cut: moved(cut, axis, 1, to) })} />
              <IconButton
                icon="flip"
                className="small"
                label={t("cut.flip", { axis: name })}
                disabled={(cut[axis][0] === null) === (cut[axis][1] === null)}
                onClick={() => amend({ cut: flipped(cut, axis) })}
              />
            </div>
          );
        })}
        {face && (
          <div className="side" role="group" aria-label={t("cut.axis.face")}>
            <span className="side-name">{t("cut.axis.face")}</span>
            <NumberField label={t("cut.offset")} value={face.offset} onChange={(to) => amend({ cut: { ...cut, face: to === null ? null : { ...face, offset: to } } })} />
            <span />
            <IconButton icon="flip" className="small" label={t("cut.flip", { axis: t("cut.axis.face") })} onClick={() => amend({ cut: { ...cut, face: turned(face) } })} />
          </div>
        )}
      </div>
      <p className="tool-hint">{t("cut.hint")}</p>
      <div className="tool-foot">
        <label className="check">
          <input type="checkbox" checked={cut.ground} onChange={(event) => amend({ cut: { ...cut, ground: event.target.checked } })} />
          {t("cut.ground")}
        </label>
        <Button icon="close" onClick={() => go({ cut: null })}>{t("cut.remove")}</Button>
      </div>
    </>
  );
}

/** Cuts to the box of a Feature, or to what is made of it. */
function useBox(datum: number): (collection: string, id: string, made?: (box: Cut) => Cut) => void {
  const queries = useQueryClient();
  return (collection, id, made = (box) => box) => {
    queries.fetchQuery(itemQuery(collection, id)).then(
      (feature) => {
        const box = boxOfFeature(feature, datum);
        const { cut } = useStore.getState().view;
        if (box) go({ cut: { ...made(box), ground: cut?.ground ?? false } });
      },
      (error: unknown) => tell(Problem.of(error)),
    );
  };
}

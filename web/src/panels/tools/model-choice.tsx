// Which model a tool works on: the one of the selected element, else the richest.
import { useState } from "react";
import type { Model, Site } from "../../api/types.ts";
import { useText } from "../../i18n/use-text.ts";
import { modelOf, useStore } from "../../state.ts";

/** The chosen model and how to choose another; null where none stands in its place. */
export function useModel(models: readonly Model[]): [Model | null, (id: string) => void] {
  const selection = useStore((state) => state.view.selection);
  const [chosen, choose] = useState<string | null>(null);
  const wanted = chosen ?? (selection ? modelOf(selection.id) : null);
  const richest = models.reduce<Model | null>((best, model) => (best && best.count >= model.count ? best : model), null);
  return [models.find(({ id }) => id === wanted) ?? richest, choose];
}

export function placed(site: Site): Model[] {
  return site.models.filter(({ placement, tileset }) => placement === "georeferenced" && tileset);
}

export function ModelChoice({ models, model, onChoose }: { models: readonly Model[]; model: Model | null; onChoose: (id: string) => void }) {
  const { t, say } = useText();
  if (!model) return <p className="hint">{t("tool.noModel")}</p>;
  return (
    <label className="field-row">
      <span>{t("tool.model")}</span>
      <select value={model.id} onChange={(event) => onChoose(event.target.value)}>
        {models.map(({ id, title }) => (
          <option key={id} value={id}>
            {say(title) || id}
          </option>
        ))}
      </select>
    </label>
  );
}

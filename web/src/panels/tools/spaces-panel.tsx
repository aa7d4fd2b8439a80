// Spaces of the models, shown as bodies.
import { useText } from "../../i18n/use-text.ts";
import { key, show, shown, useStore } from "../../state.ts";
import type { PanelProps } from "./tools.tsx";

export function SpacesPanel({ site }: PanelProps) {
  const { t, say } = useText();
  const view = useStore((state) => state.view);
  const models = site.models.filter(({ spaces }) => spaces);
  const now = shown(site, view);
  return (
    <div className="tool-body">
      <p className="tool-hint">{t(models.length ? "spaces.hint" : "spaces.none")}</p>
      {models.map(({ id, title }) => (
        <label key={id} className="check">
          <input type="checkbox" checked={now.has(key("spaces", id))} onChange={(event) => show(site, [key("spaces", id)], event.target.checked)} />
          {say(title) || id}
        </label>
      ))}
    </div>
  );
}

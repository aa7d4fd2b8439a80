// The view as a picture to keep.
import { useState } from "react";
import { Problem } from "../../api/problem.ts";
import type { Language } from "../../api/text.ts";
import { useText } from "../../i18n/use-text.ts";
import type { PictureScale } from "../../scene/tools/picture.ts";
import { tell } from "../../state.ts";
import { Button } from "../../ui/button.tsx";
import { download } from "../../ui/download.ts";
import type { PanelProps } from "./tools.tsx";

const scales: readonly PictureScale[] = [1, 2, 4];

export function PicturePanel({ site, scene }: PanelProps) {
  const { t, say, language } = useText();
  const [title, setTitle] = useState<string | null>(null);
  const [scale, setScale] = useState<PictureScale>(2);
  const [busy, setBusy] = useState(false);
  const words = title ?? say(site.name);
  const save = async (): Promise<void> => {
    setBusy(true);
    try {
      const lines = [t("picture.made", { date: today(language) }), `${say(site.name)} · ${location.host} · CesiumJS`];
      download(await scene.tools.picture.take(scale, { title: words, lines, north: t("picture.north") }), words, "png");
    } catch (error) {
      tell(Problem.of(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="tool-body">
      <label className="field-row">
        <span>{t("picture.title")}</span>
        <input type="text" value={words} onChange={(event) => setTitle(event.target.value)} />
      </label>
      <div className="kinds" role="radiogroup" aria-label={t("picture.scale")}>
        {scales.map((one) => (
          <label key={one} className={one === scale ? "chosen" : ""}>
            <input type="radio" name="scale" checked={one === scale} onChange={() => setScale(one)} />
            {one}×
          </label>
        ))}
      </div>
      <div className="tool-foot">
        <Button icon="picture" disabled={busy} onClick={() => void save()}>{t(busy ? "picture.busy" : "picture.save")}</Button>
      </div>
    </div>
  );
}

function today(language: Language): string {
  return new Intl.DateTimeFormat(language, { dateStyle: "long", timeStyle: "short", timeZone: "Asia/Hong_Kong" }).format(new Date());
}

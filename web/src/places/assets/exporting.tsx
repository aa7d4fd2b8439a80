// The list as a file: what it is narrowed to, with all fields; and COBie by the building.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { exportForms, facetsQuery, type Asked } from "../../api/assets.ts";
import { askAsEditor } from "../../api/editor.ts";
import { Problem } from "../../api/problem.ts";
import { useText } from "../../i18n/use-text.ts";
import { tell } from "../../state.ts";
import { Button } from "../../ui/button.tsx";

export function Exports({ asked }: { asked: Asked }) {
  const { t, language } = useText();
  const { data } = useQuery(facetsQuery("", "", ["building"]));
  const [busy, setBusy] = useState("");
  const fetchFile = async (format: string, path: string, name: string): Promise<void> => {
    setBusy(format);
    try {
      save(await (await askAsEditor(path)).blob(), name);
    } catch (thrown) {
      tell(Problem.of(thrown));
    } finally {
      setBusy("");
    }
  };
  return (
    <div className="asset-menu" role="group" aria-label={t("assets.export")}>
      <p className="hint">{t("assets.export.hint")}</p>
      <div className="record-actions">
        {exportForms(language).map(({ format, path, name }) => (
          <Button key={format} disabled={busy !== ""} onClick={() => void fetchFile(format, path(asked), name)}>
            {busy === format ? t("assets.export.busy") : t(`assets.export.${format}`)}
          </Button>
        ))}
      </div>
      <p className="hint">{t("assets.export.cobie.hint")}</p>
      <div className="record-actions">
        {(data?.locations ?? [])
          .flatMap(({ building }) => (building ? [building] : []))
          .map((building) => (
            <Button key={building} disabled={busy !== ""} onClick={() => void fetchFile(building, `/api/handover/cobie?building=${encodeURIComponent(building)}`, `${building}-cobie.xlsx`)}>
              {busy === building ? t("assets.export.busy") : building}
            </Button>
          ))}
      </div>
    </div>
  );
}

/** Hands a file to the browser. */
export function save(file: Blob, name: string): void {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(file), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

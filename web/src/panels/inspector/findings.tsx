// What was found on an element: by the intake of its model, and in submissions.
import type { OnElement } from "../../api/elements.ts";
import { useText } from "../../i18n/use-text.ts";
import { partyColours } from "../../scene/appearance.ts";
import { useStore } from "../../state.ts";
import { text } from "../element.ts";
import type { ElementProps } from "./element.tsx";
import { Nothing } from "./parts.tsx";

export function Findings({ feature, found }: ElementProps & { found: readonly OnElement[] | undefined }) {
  const { t, language } = useText();
  const model = text(feature.properties, "model");
  if (!found) return <p className="hint">…</p>;
  if (found.length === 0) return <Nothing text={t("inspector.none.findings")} />;
  return found.map((one) => (
    <div className={`finding-line ${one.severity}`} key={one.key}>
      <p>{one.texts[language] || one.texts["en"]}</p>
      {one.cure && <p className="hint flush">{one.cure}</p>}
      <small>
        {one.code} · {one.submission ? t("findings.submission", { title: one.submission }) : t("findings.model")}
      </small>
      {one.parties.length > 1 && (
        <p>
          <button type="button" className="button" onClick={() => bringOut(model, one.parties)}>
            {t("findings.parties")}
          </button>
        </p>
      )}
    </div>
  ));
}

/** Colours the parties of a finding, each its own. */
function bringOut(model: string, parties: readonly string[]): void {
  useStore.setState({ marked: new Map([[model, new Map(parties.map((id, at) => [id, partyColours[at % partyColours.length]!]))]]) });
}

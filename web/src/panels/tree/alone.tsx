// Says what is shown alone and what is hidden, each with a way back.
import { useText } from "../../i18n/use-text.ts";
import { useStore } from "../../state.ts";
import { Icon } from "../../ui/icon.tsx";
import { hide, isolate, showAll } from "./acts.ts";
import { nodeName } from "./nodes.ts";

const most = 4;

export function Alone() {
  const { t } = useText();
  const { only, hidden } = useStore(({ view }) => view);
  if (only.length + hidden.length === 0) return null;
  const chips = [
    ...only.map((node) => ({ node, name: nodeName(node), back: () => isolate(node, true), text: t("tree.alone", { name: nodeName(node) }) })),
    ...hidden.map((node) => ({ node, name: nodeName(node), back: () => hide(node), text: t("tree.hidden", { name: nodeName(node) }) })),
  ];
  return (
    <div className="alone" role="status">
      {chips.slice(0, most).map(({ node, text, back }) => (
        <button key={node} type="button" onClick={back} title={t("tree.back")} aria-label={`${text}: ${t("tree.back")}`}>
          {text}
          <Icon name="close" size={10} />
        </button>
      ))}
      {chips.length > most && <span>{t("tree.more", { n: chips.length - most })}</span>}
      <button type="button" className="all" onClick={showAll}>
        {t("tree.showAll")}
      </button>
    </div>
  );
}

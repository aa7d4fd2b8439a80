// Lists that one comes back to: kept in this browser, and sent to others as an address.
import { useState } from "react";
import { useText } from "../../i18n/use-text.ts";
import { useStore } from "../../state.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { Copy } from "../../ui/copy.tsx";
import { emptyView, toQuery } from "../../url.ts";
import { emptyAssets, type AssetsView } from "./address.ts";
import { goAssets } from "./going.ts";

const kept = "csdi.asset-views";
type List = Pick<AssetsView, "find" | "narrow" | "sort" | "columns">;
interface Saved extends List {
  readonly name: string;
}

export function SavedViews() {
  const { t } = useText();
  const { find, narrow, sort, columns } = useStore(({ view }) => view.assets);
  const [views, setViews] = useState(readViews);
  const [name, setName] = useState("");
  const keep = (next: readonly Saved[]): void => {
    localStorage.setItem(kept, JSON.stringify(next));
    setViews(next);
  };
  const now: List = { find, narrow, sort, columns };
  const address = location.origin + location.pathname + toQuery({ ...emptyView, place: "assets", assets: { ...emptyAssets, ...now } });
  return (
    <div className="asset-menu" role="group" aria-label={t("assets.views")}>
      {views.length === 0 && <p className="hint">{t("assets.views.none")}</p>}
      <ul className="saved-views">
        {views.map((view) => (
          <li key={view.name}>
            <button type="button" className="link" onClick={() => goAssets({ ...emptyList, ...view })}>
              {view.name}
            </button>
            <IconButton icon="close" className="small" label={t("assets.views.drop", { name: view.name })} onClick={() => keep(views.filter((one) => one !== view))} />
          </li>
        ))}
      </ul>
      <form
        className="save-view"
        onSubmit={(event) => {
          event.preventDefault();
          if (!name.trim()) return;
          keep([...views.filter((one) => one.name !== name.trim()), { name: name.trim(), ...now }]);
          setName("");
        }}
      >
        <input aria-label={t("assets.views.name")} placeholder={t("assets.views.name")} value={name} maxLength={80} onChange={(event) => setName(event.target.value)} />
        <Button type="submit" disabled={!name.trim()}>
          {t("assets.views.save")}
        </Button>
        <Copy text={address} label={t("assets.views.copy")} done={t("action.copied")} />
      </form>
    </div>
  );
}

const emptyList: List = { find: "", narrow: [], sort: "", columns: [] };

function readViews(): readonly Saved[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(kept) ?? "[]");
    return Array.isArray(found) ? found.filter(isSaved) : [];
  } catch {
    return [];
  }
}

function isSaved(one: unknown): one is Saved {
  const { name, narrow, columns } = (one ?? {}) as Partial<Saved>;
  const texts = (list: unknown): boolean => Array.isArray(list) && list.every((text) => typeof text === "string");
  return typeof name === "string" && texts(narrow) && texts(columns);
}

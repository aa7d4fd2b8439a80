// The register as a list: found, narrowed, sorted, chosen, changed in bulk; the same assets stand out in the scene and on the map.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import { markedQuery, ofElementQuery, type Asked, type AssetRow } from "../../api/assets.ts";
import { token } from "../../api/editor.ts";
import type { Site } from "../../api/types.ts";
import { useText } from "../../i18n/use-text.ts";
import { rgb } from "../../scene/appearance.ts";
import type { TwinScene } from "../../scene/scene.ts";
import { useStore } from "../../state.ts";
import { Button } from "../../ui/button.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Failure } from "../failure.tsx";
import { Entrance, isDenied } from "../entrance.tsx";
import { askedOf } from "./asking.ts";
import { AssetMap } from "./asset-map.tsx";
import { BulkEdit } from "./bulk.tsx";
import { askedOfChosen, chosenCount, chosenOf, isChosen, noneChosen, withToggled } from "./chosen.ts";
import { columns, columnsOf } from "./columns.ts";
import { Exports } from "./exporting.tsx";
import { Choices, Filters } from "./filters.tsx";
import { amendAssets, goAssets } from "./going.ts";
import { goToAsset, lookThrough } from "./reaching.ts";
import { SavedViews } from "./saved-views.tsx";
import { Table } from "./table.tsx";
import { marksOf, noMarks } from "./marks.ts";
import { useMarks } from "./use-marks.ts";
import { usePages } from "./use-pages.ts";
import { useAssetWords } from "./words.ts";

/** Assets that stand out in the scene: more would be a blanket. */
const mostMarked = 3000;
const listed = rgb("#0072b2");
const picked = rgb("#e69f00");

type Menu = "filters" | "columns" | "views" | "export" | null;

interface Props {
  readonly site: Site;
  readonly scene: TwinScene | null;
  readonly dark: boolean;
}

export function Register({ site, scene, dark }: Props) {
  const { t } = useText();
  const queries = useQueryClient();
  const view = useStore((state) => state.view.assets);
  const selection = useStore((state) => state.view.selection);
  const asked = useMemo(() => askedOf(view), [view]);
  const [change, setChange] = useState(0);
  const pages = usePages(asked, change);
  const [choice, setChosen] = useState(noneChosen);
  const chosen = chosenOf(choice, asked);
  const chosenNumber = chosenCount(chosen, pages.matched ?? 0);
  const [bulk, setBulk] = useState<{ readonly asked: Pick<Asked, "filter" | "text">; readonly count: number } | null>(null);
  const [menu, setMenu] = useState<Menu>(() => (innerWidth > 1300 ? "filters" : null));
  const [map, setMap] = useState(false);
  const marked = useQuery(markedQuery(asked, mostMarked)).data;
  const narrowed = asked.filter !== "" || asked.text !== "";
  const marks = useMemo(() => {
    const elements = (rows: Iterable<AssetRow>): string[] => [...rows].flatMap(({ element }) => (element ? [element] : []));
    return marksOf([
      { elements: chosen.all ? elements((marked ?? []).filter(({ id }) => isChosen(chosen, id))) : elements(chosen.rows.values()), colour: picked },
      { elements: narrowed ? elements(marked ?? []) : [], colour: listed },
    ]);
  }, [chosen, marked, narrowed]);
  useMarks(marks);
  const stands = marks !== noMarks;
  useEffect(() => {
    lookThrough(stands);
    return () => lookThrough(false);
  }, [stands]);

  const onGo = useCallback((row: AssetRow) => void goToAsset(scene, queries, row), [scene, queries]);
  const onOpen = useCallback((row: AssetRow) => goAssets({ asset: row.id }), []);
  const choose = (row: AssetRow): void => setChosen(withToggled(chosen, row));
  const toggle = (one: Menu) => (): void => setMenu(menu === one ? null : one);
  if (pages.problem && isDenied(pages.problem)) return <Entrance says="assets.entrance" onEnter={() => setChange(change + 1)} />;
  if (site.register === false && !pages.count && pages.problem) return <Failure error={pages.problem} onRetry={() => pages.retry()} />;
  return (
    <div className={`register${menu === "filters" ? " filtered" : ""}`}>
      <div className="register-bar" role="search">
        <div className="filter wide">
          <Icon name="search" size={14} />
          <input type="search" aria-label={t("assets.search")} placeholder={t("assets.search")} value={view.find} onChange={(event) => amendAssets({ find: event.target.value })} />
          <span className="count" role="status" data-matched={pages.matched ?? ""}>
            {pages.matched === null ? "…" : t("assets.count", { n: pages.matched })}
          </span>
        </div>
        <div className="register-tools">
          <Button aria-expanded={menu === "filters"} onClick={toggle("filters")}>
            {t("assets.filters")}
          </Button>
          <Button aria-expanded={menu === "columns"} onClick={toggle("columns")}>
            {t("assets.columns")}
          </Button>
          <Button aria-expanded={menu === "views"} onClick={toggle("views")}>
            {t("assets.views")}
          </Button>
          <Button aria-expanded={menu === "export"} onClick={toggle("export")}>
            {t("assets.export")}
          </Button>
          <Button aria-pressed={map} onClick={() => setMap(!map)}>
            {t("assets.map")}
          </Button>
        </div>
      </div>
      <Choices />
      {menu === "columns" && <ColumnChoice names={view.columns} />}
      {menu === "views" && <SavedViews />}
      {menu === "export" && <Exports asked={asked} />}
      <InScene selection={selection} />
      <div className="chosen-bar" data-chosen={chosenNumber}>
        <span role="status">{t("assets.chosen.count", { n: chosenNumber })}</span>
        <Button onClick={() => setChosen({ all: asked, rows: new Map() })} disabled={!pages.matched}>
          {t("assets.chosen.all", { n: pages.matched ?? 0 })}
        </Button>
        {chosenNumber > 0 && <Button onClick={() => setChosen(noneChosen)}>{t("assets.chosen.none")}</Button>}
        {chosenNumber > 0 && !bulk && (
          <Button
            className="primary"
            onClick={() => setBulk({ asked: askedOfChosen(chosen), count: chosenNumber })}
            disabled={!token()}
            title={token() ? undefined : t("assets.needsToken")}
          >
            {t("assets.bulk")}
          </Button>
        )}
      </div>
      {bulk && (
        <BulkEdit
          key={`${bulk.asked.filter} ${bulk.asked.text}`}
          asked={bulk.asked}
          count={bulk.count}
          onClose={() => setBulk(null)}
          onChanged={() => {
            setChosen(noneChosen);
            setChange((n) => n + 1);
          }}
        />
      )}
      <div className="register-body">
        {menu === "filters" && <Filters />}
        <Table
          pages={pages}
          asked={asked}
          columns={columnsOf(view.columns)}
          sort={view.sort}
          onSort={(sort) => goAssets({ sort })}
          isChosen={(id) => isChosen(chosen, id)}
          onChoose={choose}
          current={selection?.id ?? ""}
          onGo={onGo}
          onOpen={onOpen}
        />
      </div>
      {map && <AssetMap site={site} asked={asked} dark={dark} onPick={(id, element) => void goToAsset(scene, queries, { id, element })} />}
    </div>
  );
}

function ColumnChoice({ names }: { names: readonly string[] }) {
  const { t } = useText();
  const words = useAssetWords();
  const shown = new Set<string>(columnsOf(names).map(({ name }) => name));
  const toggle = (name: string): void => {
    if (!shown.delete(name)) shown.add(name);
    goAssets({ columns: columns.map((one) => one.name).filter((one) => shown.has(one)) });
  };
  return (
    <div className="asset-menu column-choice" role="group" aria-label={t("assets.columns")}>
      {columns.map(({ name }) => (
        <label key={name}>
          <input type="checkbox" checked={shown.has(name)} disabled={name === "tag"} onChange={() => toggle(name)} />
          {words.field(name)}
        </label>
      ))}
    </div>
  );
}

/** The asset that is selected in the scene, wherever in the list it may be. */
function InScene({ selection }: { selection: { readonly collection: string; readonly id: string } | null }) {
  const { t } = useText();
  const words = useAssetWords();
  const element = selection?.collection === "elements" ? selection.id : "";
  const { data } = useQuery(ofElementQuery(element));
  if (!element) return null;
  return (
    <p className="in-scene" role="status">
      {data ? (
        <>
          <span>{t("assets.inScene")}</span>
          <button type="button" className="link" onClick={() => goAssets({ asset: data.id })}>
            {data.tag}
          </button>
          <span>{words.nameOf(data)}</span>
        </>
      ) : data === null ? (
        t("assets.inScene.none")
      ) : (
        "…"
      )}
    </p>
  );
}

// The list of assets: as long as it may be, only the rows in sight are drawn.
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, type KeyboardEvent } from "react";
import type { AssetRow } from "../../api/assets.ts";
import { useText } from "../../i18n/use-text.ts";
import { Failure } from "../failure.tsx";
import { columnWidths, leastWidth, type Column } from "./columns.ts";
import type { Pages } from "./paging.ts";
import { useAssetWords, type AssetWords } from "./words.ts";

const rowPx = 32;
const checkPx = 36;

interface Props {
  readonly pages: Pages<AssetRow>;
  readonly columns: readonly Column[];
  readonly sort: string;
  readonly onSort: (sort: string) => void;
  readonly isChosen: (id: string) => boolean;
  readonly onChoose: (row: AssetRow) => void;
  readonly current: string;
  readonly onGo: (row: AssetRow) => void;
  readonly onOpen: (row: AssetRow) => void;
}

export function Table({ pages, columns, sort, onSort, isChosen, onChoose, current, onGo, onOpen }: Props) {
  const { t } = useText();
  const words = useAssetWords();
  const box = useRef<HTMLDivElement>(null);
  const active = useRef(0);
  const virtual = useVirtualizer({ count: pages.count, getScrollElement: () => box.current, estimateSize: () => rowPx, overscan: 12 });
  const items = virtual.getVirtualItems();
  const [first, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 0];
  useEffect(() => pages.want(first, last), [pages, pages.version, first, last]);

  const focusRow = (index: number): void => {
    active.current = Math.max(0, Math.min(pages.count - 1, index));
    virtual.scrollToIndex(active.current);
    requestAnimationFrame(() => box.current?.querySelector<HTMLElement>(`[data-index="${active.current}"]`)?.focus());
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const row = pages.row(active.current);
    const page = Math.max(1, Math.floor((box.current?.clientHeight ?? 0) / rowPx) - 1);
    const acts: Record<string, () => void> = {
      ArrowDown: () => focusRow(active.current + 1),
      ArrowUp: () => focusRow(active.current - 1),
      PageDown: () => focusRow(active.current + page),
      PageUp: () => focusRow(active.current - page),
      Home: () => focusRow(0),
      End: () => focusRow(pages.count - 1),
      " ": () => row && onChoose(row),
      Enter: () => row && onOpen(row),
    };
    if ((event.target as HTMLElement).getAttribute("role") !== "row" || !acts[event.key]) return;
    event.preventDefault();
    acts[event.key]!();
  };
  const template = `${checkPx}px ${columnWidths(columns)}`;
  const wide = { minWidth: checkPx + leastWidth(columns) };
  if (pages.problem && pages.count === 0) return <Failure error={pages.problem} onRetry={() => pages.retry()} />;
  if (pages.whole && pages.count === 0) return <p className="hint">{t("assets.none")}</p>;
  return (
    <div className="asset-table" ref={box} role="grid" aria-label={t("assets.tab.register")} aria-rowcount={pages.matched ?? -1} aria-colcount={columns.length + 1} onKeyDown={onKeyDown}>
      <div className="asset-row head" role="row" aria-rowindex={1} style={{ gridTemplateColumns: template, ...wide }}>
        <span role="columnheader">
          <span className="unseen">{t("assets.chosen")}</span>
        </span>
        {columns.map((column) => (
          <Head key={column.name} column={column} label={words.field(column.name)} sort={sort} onSort={onSort} />
        ))}
      </div>
      <div className="asset-rows" role="rowgroup" style={{ height: virtual.getTotalSize(), ...wide }}>
        {items.map(({ index, start }) => (
          <Line
            key={index}
            index={index}
            top={start}
            row={pages.row(index)}
            words={words}
            columns={columns}
            template={template}
            isChosen={isChosen}
            current={current}
            stop={index === Math.max(first, Math.min(last, active.current))}
            onFocus={() => (active.current = index)}
            onChoose={onChoose}
            onGo={onGo}
            onOpen={onOpen}
          />
        ))}
      </div>
    </div>
  );
}

function Head({ column, label, sort, onSort }: { column: Column; label: string; sort: string; onSort: (sort: string) => void }) {
  const now = sort === column.name ? "ascending" : sort === `-${column.name}` ? "descending" : "none";
  const next = now === "ascending" ? `-${column.name}` : now === "descending" ? "" : column.name;
  return (
    <span role="columnheader" aria-sort={now}>
      <button type="button" onClick={() => onSort(next)}>
        {label}
        <span aria-hidden="true">{now === "ascending" ? " ▲" : now === "descending" ? " ▼" : ""}</span>
      </button>
    </span>
  );
}

interface LineProps {
  readonly index: number;
  readonly top: number;
  readonly row: AssetRow | undefined;
  readonly words: AssetWords;
  readonly columns: readonly Column[];
  readonly template: string;
  readonly isChosen: (id: string) => boolean;
  readonly current: string;
  readonly stop: boolean;
  readonly onFocus: () => void;
  readonly onChoose: (row: AssetRow) => void;
  readonly onGo: (row: AssetRow) => void;
  readonly onOpen: (row: AssetRow) => void;
}

function Line({ index, top, row, words, columns, template, isChosen, current, stop, onFocus, onChoose, onGo, onOpen }: LineProps) {
  const { t } = useText();
  const isCurrent = row !== undefined && current !== "" && (row.element === current || row.id === current);
  return (
    <div
      className={`asset-row${isCurrent ? " current" : ""}`}
      role="row"
      data-index={index}
      data-asset={row?.tag}
      aria-rowindex={index + 2}
      aria-selected={row ? isChosen(row.id) : false}
      tabIndex={stop ? 0 : -1}
      style={{ gridTemplateColumns: template, transform: `translateY(${top}px)` }}
      onFocus={onFocus}
      onClick={() => row && onGo(row)}
      onDoubleClick={() => row && onOpen(row)}
    >
      <span role="gridcell">
        {row && (
          <input
            type="checkbox"
            tabIndex={-1}
            aria-label={t("assets.choose", { tag: row.tag })}
            checked={isChosen(row.id)}
            onClick={(event) => event.stopPropagation()}
            onChange={() => onChoose(row)}
          />
        )}
      </span>
      {columns.map((column, at) => (
        <Cell key={column.name} row={row} words={words} name={column.name} first={at === 0} onOpen={onOpen} />
      ))}
    </div>
  );
}

interface CellProps {
  readonly row: AssetRow | undefined;
  readonly words: AssetWords;
  readonly name: Column["name"];
  readonly first: boolean;
  readonly onOpen: (row: AssetRow) => void;
}

function Cell({ row, words, name, first, onOpen }: CellProps) {
  if (!row) return <span role="gridcell">…</span>;
  const text = name === "name" ? words.nameOf(row) : words.value(name, row[name]);
  return (
    <span role="gridcell" title={text} data-field={name} data-value={String(row[name] ?? "")}>
      {first ? (
        <button
          type="button"
          className="link"
          tabIndex={-1}
          onClick={(event) => {
            event.stopPropagation();
            onOpen(row);
          }}
        >
          {text || row.tag}
        </button>
      ) : (
        text
      )}
    </span>
  );
}

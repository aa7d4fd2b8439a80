// The list of assets: as long as it may be, only the rows in sight are drawn, and any row is gone to at once.
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from "react";
import { positionOf, type Asked, type AssetRow } from "../../api/assets.ts";
import { useText } from "../../i18n/use-text.ts";
import { Failure } from "../failure.tsx";
import { columnWidths, isNumeric, leastWidth, type Column } from "./columns.ts";
import { Jump } from "./jump.tsx";
import type { Pages } from "./paging.ts";
import { useLongList } from "./use-long-list.ts";
import { useAssetWords, type AssetWords } from "./words.ts";

const rowPx = 32;
const checkPx = 36;
/** A list without an order of its own is put into this one by whoever asks where a value is. */
const usualOrder = "tag";

interface Props {
  readonly pages: Pages<AssetRow>;
  readonly asked: Asked;
  readonly columns: readonly Column[];
  readonly sort: string;
  readonly onSort: (sort: string) => void;
  readonly isChosen: (id: string) => boolean;
  readonly onChoose: (row: AssetRow) => void;
  readonly current: string;
  readonly onGo: (row: AssetRow) => void;
  readonly onOpen: (row: AssetRow) => void;
}

export function Table(props: Props) {
  const { t } = useText();
  const { pages } = props;
  if (pages.problem && pages.count === 0) return <Failure error={pages.problem} onRetry={() => pages.retry()} />;
  if (pages.whole && pages.count === 0) return <p className="hint">{t("assets.none")}</p>;
  return <Rows {...props} />;
}

function Rows({ pages, asked, columns, sort, onSort, isChosen, onChoose, current, onGo, onOpen }: Props) {
  const { t } = useText();
  const words = useAssetWords();
  const box = useRef<HTMLDivElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const active = useRef(0);
  /** A row to go to as soon as it is drawn. */
  const awaited = useRef<number | null>(null);
  const toFocus = useRef<number | null>(null);
  const [text, setText] = useState("");
  const { list, first, last, onScroll, show } = useLongList(box, pages.count, rowPx, rowPx);
  useEffect(() => pages.want(first, last), [pages, pages.version, first, last]);

  const goTo = (index: number, toTop = false): void => {
    active.current = Math.max(0, Math.min(pages.count - 1, index));
    toFocus.current = active.current;
    show(active.current, toTop);
  };
  useEffect(() => {
    if (awaited.current === null) {
      active.current = 0;
      show(0, true);
    }
    // A new question begins at its first row.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [pages]);
  useEffect(() => {
    const row = awaited.current;
    if (row === null || pages.count === 0) return;
    awaited.current = null;
    goTo(row, true);
    // As soon as it is known how many there are.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [pages, pages.count]);
  useLayoutEffect(() => {
    const row = toFocus.current === null ? null : box.current?.querySelector<HTMLElement>(`[data-index="${toFocus.current}"]`);
    if (!row) return;
    toFocus.current = null;
    row.focus({ preventScroll: true });
  });

  const onKeyDown = (event: KeyboardEvent): void => {
    if ((event.target as HTMLElement).getAttribute("role") !== "row") return;
    const row = pages.row(active.current);
    const page = Math.max(1, Math.floor((box.current?.clientHeight ?? 0) / rowPx) - 2);
    const acts: Record<string, () => void> = {
      ArrowDown: () => goTo(active.current + 1),
      ArrowUp: () => goTo(active.current - 1),
      PageDown: () => goTo(active.current + page),
      PageUp: () => goTo(active.current - page),
      Home: () => goTo(0),
      End: () => goTo(pages.count - 1),
      " ": () => row && onChoose(row),
      Enter: () => row && onOpen(row),
    };
    const isTyped = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
    const act = acts[event.key] ?? (isTyped ? () => type(event.key) : undefined);
    if (!act) return;
    event.preventDefault();
    act();
  };
  const type = (letter: string): void => {
    setText(letter);
    field.current?.focus();
  };
  const onValue = async (value: string): Promise<void> => {
    const by = sort || usualOrder;
    const { position } = await positionOf({ ...asked, sort: by }, value);
    if (sort) goTo(position, true);
    else {
      awaited.current = position;
      onSort(by);
    }
  };
  const by = (sort || usualOrder).replace(/^-/, "");
  const template = `${checkPx}px ${columnWidths(columns)}`;
  const wide = { minWidth: checkPx + leastWidth(columns) };
  const [firstSeen, lastSeen] = list.seen;
  return (
    <div className="asset-list">
      <div
        className="asset-table"
        ref={box}
        role="grid"
        aria-label={t("assets.tab.register")}
        aria-rowcount={pages.whole ? pages.count + 1 : -1}
        aria-colcount={columns.length + 1}
        onKeyDown={onKeyDown}
        onScroll={onScroll}
      >
        <div className="asset-row head" role="row" aria-rowindex={1} style={{ gridTemplateColumns: template, ...wide }}>
          <span role="columnheader">
            <span className="unseen">{t("assets.chosen")}</span>
          </span>
          {columns.map((column) => (
            <Head key={column.name} column={column} label={words.field(column.name)} sort={sort} onSort={onSort} />
          ))}
        </div>
        <div className="asset-rows" role="rowgroup" style={{ height: list.height, ...wide }}>
          {Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at).map((index) => (
            <Line
              key={index}
              index={index}
              top={list.offsetOf(index)}
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
      <Jump
        seen={[firstSeen, lastSeen]}
        count={pages.count}
        by={words.field(by)}
        isNumber={isNumeric(by)}
        text={text}
        onText={setText}
        field={field}
        onRow={(row) => goTo(row, true)}
        onValue={onValue}
      />
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

// A box in which a list of any length is scrolled, and the rows of it that are drawn.
import { useEffect, useLayoutEffect, useReducer, useRef, useState, type RefObject } from "react";
import { LongList } from "./long-list.ts";

/** Rows that are drawn above and below those in sight. */
const around = 12;
const settleMs = 140;

export interface Rows {
  readonly list: LongList;
  /** The rows to draw: the first and the last. */
  readonly first: number;
  readonly last: number;
  readonly onScroll: () => void;
  readonly show: (row: number, toTop?: boolean) => void;
}

/** So many rows of one height in a box, below a head that stays. */
export function useLongList(box: RefObject<HTMLElement | null>, count: number, rowPx: number, headPx: number): Rows {
  const [list] = useState(() => new LongList(rowPx));
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const [view, setView] = useState(0);
  const timer = useRef(0);
  list.measure(count, view);
  useEffect(() => {
    const seen = box.current;
    if (!seen) return undefined;
    const measured = new ResizeObserver(() => setView(Math.max(0, seen.clientHeight - headPx)));
    measured.observe(seen);
    return () => measured.disconnect();
  }, [box, headPx]);
  useLayoutEffect(() => {
    const seen = box.current;
    if (seen && Math.abs(seen.scrollTop - list.bar) > 1) seen.scrollTop = list.bar;
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  const settle = (): void => {
    list.settle();
    redraw();
  };
  const [top, bottom] = list.seen;
  return {
    list,
    first: Math.max(0, top - around),
    last: Math.min(count - 1, bottom + around),
    onScroll: () => {
      const bar = box.current?.scrollTop ?? 0;
      if (Math.abs(bar - list.bar) <= 1) return;
      clearTimeout(timer.current);
      if (list.scrolled(bar)) settle();
      else {
        timer.current = window.setTimeout(settle, settleMs);
        redraw();
      }
    },
    show: (row, toTop) => {
      list.show(row, toTop);
      redraw();
    },
  };
}

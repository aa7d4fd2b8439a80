// The rows of a list as the table reads them.
import { useEffect, useMemo, useReducer } from "react";
import { readPage, type Asked, type AssetRow } from "../../api/assets.ts";
import { token } from "../../api/editor.ts";
import { Pages } from "./paging.ts";

const rowsOnPage = 500;
const mostPages = 40;

/** Pages of a list; a change of the question, or of `change`, begins anew. */
export function usePages({ filter, text, sort }: Asked, change: number): Pages<AssetRow> {
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const who = token() !== "";
  const pages = useMemo(
    () =>
      new Pages<AssetRow>(
        async (start, signal) => {
          const { assets, matched, next } = await readPage({ filter, text, sort }, start, rowsOnPage, signal);
          return { rows: assets, matched, next };
        },
        redraw,
        rowsOnPage,
        mostPages,
      ),
    // `change` and `who` are reasons to ask again.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [filter, text, sort, change, who],
  );
  useEffect(() => {
    pages.want(0, 0);
    return () => pages.close();
  }, [pages]);
  return pages;
}

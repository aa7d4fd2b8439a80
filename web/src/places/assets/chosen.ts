// Assets that are chosen in a list: some of them, or all that answer but for some. Pure.
import { quoted, type Asked, type AssetRow } from "../../api/assets.ts";

export interface Chosen {
  /** The question all of whose answers are chosen, null where single assets are. */
  readonly all: Asked | null;
  /** The assets that are chosen, or that are left out of all. */
  readonly rows: ReadonlyMap<string, AssetRow>;
}

export const noneChosen: Chosen = { all: null, rows: new Map() };

/** The choice as it holds for a question: all answers to another one are none. */
export function chosenOf(chosen: Chosen, asked: Asked): Chosen {
  return chosen.all && (chosen.all.filter !== asked.filter || chosen.all.text !== asked.text) ? noneChosen : chosen;
}

export function isChosen({ all, rows }: Chosen, id: string): boolean {
  return rows.has(id) === (all === null);
}

/** The choice with an asset more, or less. */
export function withToggled(chosen: Chosen, row: AssetRow): Chosen {
  const rows = new Map(chosen.rows);
  if (!rows.delete(row.id)) rows.set(row.id, row);
  return { ...chosen, rows };
}

/** How many are chosen of so many that answer. */
export function chosenCount({ all, rows }: Chosen, matched: number): number {
  return all ? Math.max(0, matched - rows.size) : rows.size;
}

/** What finds the chosen assets and no others. */
export function askedOfChosen({ all, rows }: Chosen): Pick<Asked, "filter" | "text"> {
  const ids = [...rows.keys()].map(quoted).join(", ");
  if (!all) return { filter: `id IN (${ids})`, text: "" };
  const tests = [all.filter && `(${all.filter})`, ids && `NOT id IN (${ids})`].filter(Boolean);
  return { filter: tests.join(" AND ") || (all.text ? "" : "tag IS NOT NULL"), text: all.text };
}

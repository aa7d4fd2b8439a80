// Columns that a list of assets can have. Pure.
import type { AssetRow } from "../../api/assets.ts";

export interface Column {
  readonly name: keyof AssetRow & string;
  /** Least width, and the share of what is left. */
  readonly least: number;
  readonly share: number;
}

export const columns: readonly Column[] = [
  { name: "tag", least: 120, share: 1 },
  { name: "name", least: 150, share: 2 },
  { name: "asset_class", least: 110, share: 1 },
  { name: "category", least: 110, share: 1 },
  { name: "building", least: 120, share: 1 },
  { name: "storey_name", least: 64, share: 0.5 },
  { name: "space_name", least: 120, share: 1 },
  { name: "system", least: 120, share: 1 },
  { name: "status", least: 96, share: 0.6 },
  { name: "presence", least: 110, share: 0.6 },
  { name: "condition", least: 90, share: 0.5 },
  { name: "criticality", least: 80, share: 0.4 },
  { name: "warranty_end", least: 104, share: 0.5 },
  { name: "manufacturer", least: 120, share: 1 },
  { name: "product", least: 120, share: 1 },
  { name: "easting", least: 96, share: 0.5 },
  { name: "northing", least: 96, share: 0.5 },
  { name: "base_level", least: 80, share: 0.4 },
];

const usual: readonly string[] = ["tag", "name", "asset_class", "storey_name", "status", "condition", "warranty_end"];

/** The columns of these names in their own order, the usual ones where none are named; the tag is always there. */
export function columnsOf(names: readonly string[]): readonly Column[] {
  const wanted = new Set(["tag", ...(names.length ? names : usual)]);
  return columns.filter(({ name }) => wanted.has(name));
}

export function columnWidths(shown: readonly Column[]): string {
  return shown.map(({ least, share }) => `minmax(${least}px, ${share}fr)`).join(" ");
}

/** Pixels below which the columns are not squeezed. */
export function leastWidth(shown: readonly Column[]): number {
  return shown.reduce((sum, { least }) => sum + least, 0);
}

const numeric: ReadonlySet<string> = new Set(["condition", "criticality", "easting", "northing", "base_level"]);

/** Whether a column holds numbers. */
export function isNumeric(name: string): boolean {
  return numeric.has(name);
}

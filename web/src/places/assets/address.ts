// The place Assets as part of the address: what is listed, which asset is open, what is traced, which way is shown. Pure.

export const assetTabs = ["register", "trace", "routes", "proposals", "work", "floors", "dashboard"] as const;
/** A page of the place. */
export type AssetTab = (typeof assetTabs)[number];

/** Pages that are read beside the scene; the others take the whole width. */
export const besideScene: ReadonlySet<AssetTab> = new Set(["register", "trace", "routes", "proposals"]);

export const questions = ["downstream", "upstream", "isolate", "shut-off", "failures"] as const;
/** What is asked of a network. */
export type NetworkQuestion = (typeof questions)[number];

export interface AssetsView {
  readonly tab: AssetTab;
  /** The asset that is open, by id, "" for the list. */
  readonly asset: string;
  /** Words that the register is searched for. */
  readonly find: string;
  /** Choices that narrow the list: `asset_class:pump`, `location:l-0123456789ab`, `warranty_to:2027-01-31`. */
  readonly narrow: readonly string[];
  /** Field that the list is sorted by, `-` in front for downwards; "" for the register's own order. */
  readonly sort: string;
  /** Columns in their order, none for the usual ones. */
  readonly columns: readonly string[];
  readonly question: NetworkQuestion;
  /** Elements or assets that the question is about. */
  readonly of: readonly string[];
  /** The system or model whose schematic is shown. */
  readonly network: string;
  /** Ends of a way: ids, tags, names or coordinates. */
  readonly from: string;
  readonly to: string;
  readonly profile: string;
  /** What a page of work, floors or figures keeps: `state:open`. */
  readonly work: readonly string[];
}

export const emptyAssets: AssetsView = {
  tab: "register",
  asset: "",
  find: "",
  narrow: [],
  sort: "",
  columns: [],
  question: "downstream",
  of: [],
  network: "",
  from: "",
  to: "",
  profile: "",
  work: [],
};

/** Texts and lists of the address and the keys that they have there. */
const texts = { asset: "asset", find: "find", sort: "sort", network: "network", from: "from", to: "to", profile: "profile" } as const;
const lists = { narrow: "among", columns: "columns", of: "of", work: "work" } as const;

/** Keys and values of the address in their order, not yet encoded: a list is several values. */
export function assetsParts(view: AssetsView): [key: string, values: readonly string[]][] {
  const parts: [string, readonly string[]][] = [];
  if (view.tab !== "register") parts.push(["tab", [view.tab]]);
  if (view.question !== "downstream") parts.push(["ask", [view.question]]);
  for (const [name, key] of Object.entries(texts)) {
    const value = view[name as keyof typeof texts];
    if (value) parts.push([key, [value]]);
  }
  for (const [name, key] of Object.entries(lists)) {
    const values = view[name as keyof typeof lists];
    if (values.length) parts.push([key, values]);
  }
  return parts;
}

/** What the address says; `list` gives the decoded values of a key. */
export function readAssets(list: (key: string) => string[]): AssetsView {
  const text = (key: string): string => list(key)[0] ?? "";
  const tab = assetTabs.find((one) => one === text("tab"));
  const question = questions.find((one) => one === text("ask"));
  return {
    ...emptyAssets,
    ...(tab ? { tab } : {}),
    ...(question ? { question } : {}),
    ...Object.fromEntries(Object.entries(texts).map(([name, key]) => [name, text(key)])),
    ...Object.fromEntries(Object.entries(lists).map(([name, key]) => [name, list(key)])),
  };
}

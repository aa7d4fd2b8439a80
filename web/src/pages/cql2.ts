// The CQL2 try-out: what a filter finds, while it is typed.
const form = document.querySelector<HTMLFormElement>("#cql2")!;
const field = form.querySelector("textarea")!;
const output = form.querySelector("output")!;
const rows = document.querySelector<HTMLElement>("#rows")!;
const words = JSON.parse(form.dataset["words"]!) as Record<"matched" | "all_shown" | "remedy" | "asking" | "item", string>;
const here = new URL(form.action).pathname;

interface Page {
  readonly numberMatched?: number;
  readonly features: readonly { readonly id: string | number; readonly properties: Readonly<Record<string, unknown>> }[];
}

interface Trouble {
  readonly detail?: string;
  readonly description?: string;
  readonly remedy?: string;
  readonly code?: string;
}

const shownRows = 8;
const shownColumns = 7;
const pauseMs = 500;
let asked = 0;
let total: Promise<number> | null = null;

async function ask(filter: string, limit: number): Promise<Page> {
  const query = new URLSearchParams({ f: "json", limit: String(limit), ...(filter.trim() ? { filter } : {}) });
  const answer = await fetch(`${here}?${query}`);
  const body: unknown = await answer.json();
  if (!answer.ok) throw body as Trouble;
  return body as Page;
}

async function run(): Promise<void> {
  const mine = ++asked;
  output.textContent = words.asking;
  try {
    total ??= ask("", 1).then(({ numberMatched }) => numberMatched ?? 0);
    const [page, all] = await Promise.all([ask(field.value, shownRows), total]);
    if (mine !== asked) return;
    output.className = "count";
    output.textContent = words.matched.replace("{n}", number(page.numberMatched ?? page.features.length)).replace("{total}", number(all));
    rows.replaceChildren(...(page.features.length ? [tableOf(page)] : []));
  } catch (thrown) {
    if (mine !== asked) return;
    const trouble = thrown as Trouble & Error;
    output.className = "";
    output.textContent = "";
    rows.replaceChildren(alertOf(trouble));
  }
}

function number(value: number): string {
  return new Intl.NumberFormat(document.documentElement.lang).format(value);
}

function alertOf({ detail, description, message, remedy, code }: Trouble & Error): HTMLElement {
  const box = element("div", "");
  box.className = "alert";
  box.setAttribute("role", "alert");
  box.append(element("p", detail ?? description ?? message ?? ""));
  if (remedy) box.append(element("p", `${words.remedy}: ${remedy}`));
  if (code) box.append(element("code", code));
  return box;
}

function tableOf({ features }: Page): HTMLElement {
  const names = [...new Set(features.flatMap(({ properties }) => Object.keys(properties)))]
    .filter((name) => features.some(({ properties }) => typeof properties[name] !== "object"))
    .slice(0, shownColumns);
  const table = document.createElement("table");
  const head = table.createTHead().insertRow();
  for (const name of [words.item, ...names]) head.append(Object.assign(element("th", name), { scope: "col" }));
  const body = table.createTBody();
  for (const { id, properties } of features) {
    const row = body.insertRow();
    row.insertCell().append(Object.assign(element("a", String(id)), { href: `${here}/${encodeURIComponent(id)}?f=html` }));
    for (const name of names) row.insertCell().textContent = textOf(properties[name]);
  }
  const box = element("div", "");
  box.className = "wrap";
  box.tabIndex = 0;
  box.append(table);
  return box;
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function element<K extends keyof HTMLElementTagNameMap>(name: K, text: string): HTMLElementTagNameMap[K] {
  return Object.assign(document.createElement(name), { textContent: text });
}

/** Puts text where the cursor is, with a space before it where words would run together. */
function insert(text: string): void {
  const { selectionStart, value } = field;
  const before = value.slice(0, selectionStart);
  field.setRangeText(before && !/[\s(,]$/.test(before) ? ` ${text}` : text, selectionStart, field.selectionEnd, "end");
  field.focus();
}

let pause: ReturnType<typeof setTimeout> | undefined;
function soon(): void {
  clearTimeout(pause);
  pause = setTimeout(() => void run(), pauseMs);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  void run();
});
field.addEventListener("input", soon);
field.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void run();
});
document.addEventListener("click", (event) => {
  const button = (event.target as HTMLElement).closest<HTMLButtonElement>("button[data-filter], button[data-insert]");
  if (!button) return;
  if (button.dataset["filter"] !== undefined) field.value = button.dataset["filter"];
  else insert(button.dataset["insert"]!);
  if (button.dataset["filter"] === undefined) return soon();
  form.scrollIntoView({ block: "nearest" });
  void run();
});
void run();

export {};

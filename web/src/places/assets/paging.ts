// A list that is too long for memory: pages that are read as one comes near them, and let go of as one goes away.
import { Problem } from "../../api/problem.ts";

export interface Batch<T> {
  readonly rows: readonly T[];
  readonly matched: number | null;
  /** Where the next page begins, "" after the last one. */
  readonly next: string;
}

interface Kept<T> {
  readonly cursor: string;
  rows: readonly T[] | null;
  reading: boolean;
}

/** Rows by their number. Each page begins where the one before ended, so they are found one after the other, and kept as cursors. */
export class Pages<T> {
  readonly #pages: Kept<T>[];
  readonly #stop = new AbortController();
  #count = 0;
  #whole = false;
  #version = 0;
  matched: number | null = null;
  problem: Problem | null = null;

  constructor(
    private readonly read: (cursor: string, signal: AbortSignal) => Promise<Batch<T>>,
    private readonly changed: () => void,
    readonly size: number,
    private readonly most: number,
  ) {
    this.#pages = [{ cursor: "", rows: null, reading: false }];
  }

  /** Rows that are known to be there. */
  get count(): number {
    return this.#count;
  }

  /** Whether the last row is known. */
  get whole(): boolean {
    return this.#whole;
  }

  /** A number that grows with every change. */
  get version(): number {
    return this.#version;
  }

  row(index: number): T | undefined {
    return this.#pages[Math.floor(index / this.size)]?.rows?.[index % this.size];
  }

  /** The rows that are at hand, in their order. */
  get atHand(): readonly T[] {
    return this.#pages.flatMap(({ rows }) => rows ?? []);
  }

  /** Reads what is missing among these rows, and the page behind them. */
  want(first: number, last: number): void {
    const from = Math.max(0, Math.floor(first / this.size));
    const to = Math.min(this.#pages.length - 1, Math.floor((last + this.size / 2) / this.size));
    for (let at = from; at <= to; at++) {
      const page = this.#pages[at]!;
      if (page.rows === null && !page.reading) void this.#fill(page, at);
    }
    this.#letGo(from, to);
  }

  /** Tries again after a failure. */
  retry(): void {
    this.problem = null;
    this.want(0, Math.max(0, this.#count));
  }

  close(): void {
    this.#stop.abort();
  }

  async #fill(page: Kept<T>, at: number): Promise<void> {
    if (this.problem) return;
    page.reading = true;
    try {
      const batch = await this.read(page.cursor, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      page.rows = batch.rows;
      if (at === 0 && batch.matched !== null) this.matched = batch.matched;
      if (at === this.#pages.length - 1) this.#extend(batch);
    } catch (thrown) {
      if (this.#stop.signal.aborted) return;
      this.problem = Problem.of(thrown);
    } finally {
      page.reading = false;
    }
    this.#version++;
    this.changed();
  }

  #extend({ rows, next }: Batch<T>): void {
    this.#count = (this.#pages.length - 1) * this.size + rows.length;
    if (next && rows.length === this.size) this.#pages.push({ cursor: next, rows: null, reading: false });
    else this.#whole = true;
  }

  /** Forgets the rows of pages that are farthest from where one is. */
  #letGo(from: number, to: number): void {
    const held = this.#pages.map((page, at) => ({ page, away: at < from ? from - at : Math.max(0, at - to) })).filter(({ page }) => page.rows);
    if (held.length <= this.most) return;
    held.sort((one, other) => other.away - one.away);
    for (const { page } of held.slice(0, held.length - this.most)) page.rows = null;
  }
}

// A list that is too long for memory: any of its pages is read as one comes to it, and let go of as one goes away.
import { Problem } from "../../api/problem.ts";

export interface Batch<T> {
  readonly rows: readonly T[];
  /** How many rows there are in all, null where it was not asked. */
  readonly matched: number | null;
  /** Where the next page begins, "" after the last one. */
  readonly next: string;
}

/** Where a page begins: at a cursor, or, where none is known, behind so many rows. */
export interface Start {
  readonly cursor: string;
  readonly offset: number;
}

/** Rows by their number. A page begins where the one before ended if that was read, else at its offset, which costs more. */
export class Pages<T> {
  readonly #rows = new Map<number, readonly T[]>();
  readonly #cursors = new Map<number, string>();
  readonly #reading = new Map<number, AbortController>();
  #wanted: readonly [number, number] = [0, 0];
  #count = 0;
  #version = 0;
  matched: number | null = null;
  problem: Problem | null = null;

  constructor(
    private readonly read: (start: Start, signal: AbortSignal) => Promise<Batch<T>>,
    private readonly changed: () => void,
    readonly size: number,
    private readonly most: number,
  ) {}

  /** How many rows there are; 0 until that is known. */
  get count(): number {
    return this.#count;
  }

  /** Whether it is known how many rows there are. */
  get whole(): boolean {
    return this.matched !== null;
  }

  /** A number that grows with every change. */
  get version(): number {
    return this.#version;
  }

  row(index: number): T | undefined {
    return this.#rows.get(Math.floor(index / this.size))?.[index % this.size];
  }

  /** The rows that are at hand, in their order. */
  get atHand(): readonly T[] {
    return [...this.#rows].sort(([one], [other]) => one - other).flatMap(([, rows]) => rows);
  }

  /** Reads what is missing among these rows, and the page behind them; what is far from them need not come any more. */
  want(first: number, last: number): void {
    this.#wanted = [first, last];
    const end = Math.max(0, Math.ceil(this.#count / this.size) - 1);
    const from = Math.min(end, Math.max(0, Math.floor(first / this.size)));
    const to = Math.min(end, Math.floor((last + this.size / 2) / this.size));
    for (const [at, reading] of this.#reading) if ((at < from - 1 || at > to + 1) && at > 0) reading.abort();
    for (let at = from; at <= to; at++) if (!this.#rows.has(at) && !this.#reading.get(at)) void this.#fill(at);
    this.#letGo(from, to);
  }

  /** Tries again after a failure. */
  retry(): void {
    this.problem = null;
    this.want(...this.#wanted);
  }

  close(): void {
    for (const reading of this.#reading.values()) reading.abort();
  }

  async #fill(at: number): Promise<void> {
    if (this.problem) return;
    const stop = new AbortController();
    this.#reading.set(at, stop);
    try {
      const cursor = this.#cursors.get(at) ?? "";
      const batch = await this.read({ cursor, offset: cursor ? 0 : at * this.size }, stop.signal);
      if (stop.signal.aborted) return;
      this.#rows.set(at, batch.rows);
      if (batch.next) this.#cursors.set(at + 1, batch.next);
      this.#measure(at, batch);
    } catch (thrown) {
      if (stop.signal.aborted) return;
      this.problem = Problem.of(thrown);
    } finally {
      if (this.#reading.get(at) === stop) this.#reading.delete(at);
    }
    this.#version++;
    this.changed();
  }

  /** How many rows there are: as the server counted them, unless pages say otherwise. */
  #measure(at: number, { rows, matched, next }: Batch<T>): void {
    if (matched !== null) this.#count = this.matched = matched;
    const end = at * this.size + rows.length;
    if (!next && (rows.length > 0 || at === 0)) this.#count = end;
    else if (!next) this.#count = Math.min(this.#count, at * this.size);
    else this.#count = Math.max(this.#count, end + 1);
  }

  /** Forgets the rows of pages that are farthest from where one is. */
  #letGo(from: number, to: number): void {
    if (this.#rows.size <= this.most) return;
    const away = (at: number): number => (at < from ? from - at : Math.max(0, at - to));
    const farthest = [...this.#rows.keys()].sort((one, other) => away(other) - away(one));
    for (const at of farthest.slice(0, this.#rows.size - this.most)) this.#rows.delete(at);
  }
}

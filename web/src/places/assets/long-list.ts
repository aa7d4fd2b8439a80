// Where one is in a list that may be taller than a browser can draw. Pure.

/** Pixels that a box can be tall: browsers lose what lies below some 17 millions. */
export const tallest = 8_000_000;

/** Steps that a bar is moved in at most, as tall as a screen is: what is less than one is no pull at the bar. */
const barSteps = 1500;

/** The rows in sight of a list whose scroll bar stands for all of it.
 *
 * A list that fits is scrolled as it is. In a taller one a long way of the bar is a share of the list, and a short one (a wheel, a
 * finger) so many pixels of it: no row is passed over. The bar then no longer stands quite where the list is, until it is put right.
 */
export class LongList {
  #top = 0;
  #bar = 0;
  #count = 0;
  #view = 0;

  constructor(
    readonly rowPx: number,
    private readonly most = tallest,
  ) {}

  /** Takes in how many rows there are, and how many pixels of them are seen; whether that is new. */
  measure(count: number, view: number): boolean {
    if (count === this.#count && view === this.#view) return false;
    this.#count = count;
    this.#view = view;
    this.#move(this.#top);
    return true;
  }

  /** Pixels of what is scrolled. */
  get height(): number {
    return Math.min(this.#span, this.most);
  }

  /** Where the bar has to stand. */
  get bar(): number {
    return this.#bar;
  }

  /** The first row that is seen at least in part, and the last one. */
  get seen(): readonly [number, number] {
    const last = Math.ceil((this.#top + this.#view) / this.rowPx) - 1;
    return [Math.floor(this.#top / this.rowPx), Math.max(0, Math.min(this.#count - 1, last))];
  }

  /** Pixels from the beginning of what is scrolled to a row. */
  offsetOf(row: number): number {
    return row * this.rowPx - this.#top + this.#bar;
  }

  /** The bar was moved; whether it has to be put right at once. */
  scrolled(bar: number): boolean {
    const way = bar - this.#bar;
    this.#bar = bar;
    if (this.#span <= this.most) this.#top = bar;
    else if (Math.abs(way) > Math.max(this.#view * 1.5, this.#mostBar / barSteps)) this.#top = (bar / this.#mostBar) * this.#mostTop;
    else this.#top = Math.min(this.#mostTop, Math.max(0, this.#top + way));
    const atEnd = (bar <= 0 && this.#top > 0) || (bar >= this.#mostBar && this.#top < this.#mostTop);
    return atEnd && this.#span > this.most;
  }

  /** Puts the bar where the list is. */
  settle(): void {
    this.#move(this.#top);
  }

  /** Brings a row into sight with as little way as there is, or to the top. */
  show(row: number, toTop = false): void {
    const at = Math.max(0, Math.min(this.#count - 1, row)) * this.rowPx;
    if (toTop || at < this.#top) this.#move(at);
    else if (at + this.rowPx > this.#top + this.#view) this.#move(at + this.rowPx - this.#view);
  }

  get #span(): number {
    return this.#count * this.rowPx;
  }

  get #mostTop(): number {
    return Math.max(0, this.#span - this.#view);
  }

  get #mostBar(): number {
    return Math.max(0, this.height - this.#view);
  }

  #move(top: number): void {
    this.#top = Math.min(this.#mostTop, Math.max(0, top));
    this.#bar = this.#span <= this.most ? this.#top : (this.#top / this.#mostTop) * this.#mostBar;
  }
}

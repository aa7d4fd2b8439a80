// How much memory the tiles of all models may take together, and which models are worth loading for a view. Pure.

const mebibyte = 1024 * 1024;

/** Bytes of tiles that are kept, and how much more a view may need before it is drawn coarser. */
export interface Budget {
  readonly kept: number;
  readonly more: number;
}

/** What one tileset may hold, in the words of the engine. */
export interface Share {
  readonly cacheBytes: number;
  readonly maximumCacheOverflowBytes: number;
}

/** Largest error on the screen that a tile may have, pixels. */
export interface Device {
  readonly budget: Budget;
  readonly errorPx: number;
}

/** Most descriptions of models that are fetched at the same time. */
export const lanes = 6;

/** A model that would be smaller on the screen than this many pixels is not asked for. */
export const leastPx = 6;

const desktop: Device = { budget: { kept: 384 * mebibyte, more: 256 * mebibyte }, errorPx: 12 };
const small: Device = { budget: { kept: 160 * mebibyte, more: 96 * mebibyte }, errorPx: 20 };

/** What a device can bear: `gigabytes` as browsers tell it (undefined where they do not), `touch` where fingers point. */
export function deviceOf(gigabytes: number | undefined, touch: boolean): Device {
  return (gigabytes ?? (touch ? 4 : 8)) <= 4 ? small : desktop;
}

/**
 * How the budget is shared among tilesets that hold `used` bytes now.
 *
 * While there is room, each may grow into all of it. When it is used up each has to shrink in proportion to what it holds: what a view
 * does not need goes first, and beyond `more` all are drawn coarser alike.
 */
export function shares(used: readonly number[], { kept, more }: Budget): Share[] {
  const sum = used.reduce((a, b) => a + b, 0);
  const free = kept - sum;
  return used.map((own) =>
    free >= 0
      ? { cacheBytes: own + free, maximumCacheOverflowBytes: more }
      : { cacheBytes: (own / sum) * kept, maximumCacheOverflowBytes: (own / sum) * more },
  );
}

/** The next to load of those that wait: seen, the largest first, at most as many as lanes are free. */
export function nextOf<T>(waiting: Iterable<T>, sizePx: (one: T) => number, running: number): T[] {
  const seen = [...waiting].map((one) => ({ one, size: sizePx(one) })).filter(({ size }) => size >= leastPx);
  return seen
    .sort((a, b) => b.size - a.size)
    .slice(0, Math.max(0, lanes - running))
    .map(({ one }) => one);
}

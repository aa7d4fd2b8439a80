// Words that a page of the place keeps in the address: `order:WO-2026-000007`, `view:calendar`. Pure.
export type Kept = Readonly<Record<string, string>>;

/** Words of the address by name. */
export function keptOf(work: readonly string[]): Kept {
  return Object.fromEntries(work.map((one) => [one.slice(0, Math.max(0, one.indexOf(":"))), one.slice(one.indexOf(":") + 1)]));
}

/** Words with these changes; "" takes one away. */
export function changed(work: readonly string[], changes: Kept): readonly string[] {
  return Object.entries({ ...keptOf(work), ...changes })
    .filter(([name, value]) => name && value)
    .map(([name, value]) => `${name}:${value}`);
}

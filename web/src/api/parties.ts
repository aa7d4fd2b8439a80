// Whom a finding concerns. Pure.
import type { Properties } from "./types.ts";

const globalIds = /(?<![0-9A-Za-z_$])[0-3][0-9A-Za-z_$]{21}(?![0-9A-Za-z_$])/g;

/** All GlobalIds that a finding names, its own first. */
export function partiesOf({ global_id: own, subject, data }: Properties): readonly string[] {
  return [...new Set(JSON.stringify([own, subject, data]).match(globalIds) ?? [])];
}

// Names and values in two columns.
import type { ReactNode } from "react";

export interface Fact {
  readonly name: string;
  readonly value: ReactNode;
  /** For values that one reads digit by digit. */
  readonly exact?: boolean;
}

export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className="facts">
      {facts.map(({ name, value, exact }, index) => (
        <div key={`${index} ${name}`}>
          <dt title={name}>{name}</dt>
          <dd className={exact ? "exact" : undefined}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

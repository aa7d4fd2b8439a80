// Sets of elements, told as briefly as the server tells them. Pure.
import type { Chosen } from "../api/twin.ts";

/** What a tile tells of an element: GlobalId, class, and the name of its storey, "" for none. */
export interface Row {
  readonly globalId: string;
  readonly ifcClass: string;
  readonly storey: string;
}

type Rule = "all" | ReadonlyMap<string, ReadonlySet<string>> | ReadonlySet<string>;

/** A set of elements of several models. */
export class Members {
  readonly #rules = new Map<string, Rule>();

  constructor(chosen: Chosen) {
    for (const [model, rule] of Object.entries(chosen)) {
      if (rule === "all") this.#rules.set(model, rule);
      else if ("ids" in rule) this.#rules.set(model, new Set(rule.ids));
      else this.#rules.set(model, new Map(Object.entries(rule.pairs).map(([storey, classes]) => [storey, new Set(classes)])));
    }
  }

  has(model: string, row: Row): boolean {
    const rule = this.#rules.get(model);
    if (rule === undefined || rule === "all") return rule === "all";
    if (rule instanceof Map) return rule.get(row.storey)?.has(row.ifcClass) ?? false;
    return (rule as ReadonlySet<string>).has(row.globalId);
  }

  /** Whether any element of the model is in the set. */
  touches(model: string): boolean {
    return this.#rules.has(model);
  }

  /** Whether every element of the model is. */
  holds(model: string): boolean {
    return this.#rules.get(model) === "all";
  }
}

// The versions of models in the twin beside submitted ones: what goes with a submission, and where things stood.
import type { Cesium3DTileset } from "./engine.ts";
import type { Before, VersionsBeside } from "./versions.ts";

/** One version before for each submitted model. */
export class AcceptedBeside {
  readonly #beside = new Map<string, VersionsBeside>();

  constructor(private readonly make: () => VersionsBeside) {}

  get tilesets(): Cesium3DTileset[] {
    return [...this.#beside.values()].flatMap(({ tilesets }) => tilesets);
  }

  get settled(): boolean {
    return [...this.#beside.values()].every(({ settled }) => settled);
  }

  /** Shows exactly these. */
  set(befores: readonly Before[]): void {
    const wanted = new Map(befores.map((before) => [before.model, before]));
    for (const model of wanted.keys()) if (!this.#beside.has(model)) this.#beside.set(model, this.make());
    for (const [model, beside] of this.#beside) beside.set(wanted.get(model) ?? null);
  }
}

import { describe, expect, it } from "vitest";
import { deviceOf, lanes, leastPx, nextOf, shares } from "../src/scene/budget.ts";

const budget = { kept: 100, more: 50 };
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

describe("memory of tiles", () => {
  it("lets each tileset grow into what is free", () => {
    expect(shares([10, 30], budget)).toEqual([
      { cacheBytes: 70, maximumCacheOverflowBytes: 50 },
      { cacheBytes: 90, maximumCacheOverflowBytes: 50 },
    ]);
  });

  it("never allows more in all than the budget once it is used up", () => {
    const given = shares([10, 300, 0, 90], budget);
    expect(sum(given.map((one) => one.cacheBytes))).toBeCloseTo(budget.kept);
    expect(sum(given.map((one) => one.cacheBytes + one.maximumCacheOverflowBytes))).toBeCloseTo(budget.kept + budget.more);
  });

  it("makes all coarser or none, whatever their sizes", () => {
    const used = [5, 20, 80, 40];
    const given = shares(used, budget);
    expect(used.every((own, k) => own <= given[k]!.cacheBytes + given[k]!.maximumCacheOverflowBytes)).toBe(true);
    const more = [6, 24, 96, 48];
    expect(shares(more, budget).every((one, k) => more[k]! > one.cacheBytes + one.maximumCacheOverflowBytes)).toBe(true);
  });

  it("bears that nothing is loaded", () => expect(shares([], budget)).toEqual([]));

  it("is less, and coarser, where there is little memory", () => {
    expect(deviceOf(2, true).budget.kept).toBeLessThan(deviceOf(8, false).budget.kept);
    expect(deviceOf(undefined, true)).toEqual(deviceOf(4, false));
    expect(deviceOf(undefined, false)).toEqual(deviceOf(8, true));
  });
});

describe("models that wait", () => {
  const sizes = new Map([["large", 900], ["none", 0], ["dot", leastPx - 1], ["middle", 40], ["small", leastPx]]);

  it("come by their size on the screen, and not at all when nothing is seen of them", () =>
    expect(nextOf(sizes.keys(), (one) => sizes.get(one)!, 0)).toEqual(["large", "middle", "small"]));

  it("leave connections to others", () => {
    expect(nextOf(sizes.keys(), (one) => sizes.get(one)!, lanes - 1)).toEqual(["large"]);
    expect(nextOf(sizes.keys(), () => 10, lanes)).toEqual([]);
  });
});

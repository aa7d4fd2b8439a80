// A list that is taller than a box can be: its bar stands for all of it, and no row is passed over.
import { expect, test } from "vitest";
import { LongList } from "../src/places/assets/long-list.ts";

const [row, view] = [32, 640];

function list(count: number, most = 1_000_000): LongList {
  const made = new LongList(row, most);
  made.measure(count, view);
  return made;
}

test("a list that fits is scrolled as it is", () => {
  const made = list(1000);
  expect(made.height).toBe(32_000);
  made.scrolled(6400);
  expect(made.seen).toEqual([200, 219]);
  expect(made.offsetOf(200)).toBe(6400);
});

test("the bar of a taller list stands for all of it", () => {
  const made = list(1_000_000);
  expect(made.height).toBe(1_000_000);
  for (const share of [0.25, 0.5, 0.9]) {
    made.scrolled((1_000_000 - view) * share);
    expect(Math.abs(made.seen[0] - 1_000_000 * share)).toBeLessThan(25);
    expect(Math.abs(made.offsetOf(made.seen[0]) - made.bar)).toBeLessThan(row);
  }
  made.scrolled(1_000_000 - view);
  expect(made.seen[1]).toBe(999_999);
  made.scrolled(0);
  expect(made.seen[0]).toBe(0);
});

test("a wheel passes over no row, and the bar is put right afterwards", () => {
  const made = list(1_000_000);
  made.show(500_000, true);
  const before = made.bar;
  let last = made.seen[1];
  for (let step = 1; step <= 50; step++) {
    made.scrolled(before + 100 * step);
    expect(made.seen[0]).toBeLessThanOrEqual(last + 1);
    last = made.seen[1];
  }
  expect(made.seen[0]).toBe(500_000 + Math.floor(5000 / row));
  made.settle();
  expect(made.seen[0]).toBe(500_000 + Math.floor(5000 / row));
  expect(made.bar).toBeCloseTo((made.seen[0] * row) / ((1_000_000 * row - view) / (1_000_000 - view)), -2);
});

test("a fling is no pull at the bar", () => {
  const made = new LongList(row);
  made.measure(1_000_000, view);
  made.show(500_000, true);
  made.scrolled(made.bar - 3200);
  expect(made.seen[0]).toBe(499_900);
  made.scrolled(made.bar + 8_000_000 / 600);
  expect(made.seen[0]).toBeGreaterThan(501_000);
});

test("a wheel near an end reaches the end row by row", () => {
  const made = list(1_000_000);
  made.show(40, true);
  expect(made.bar).toBeLessThan(100);
  expect(made.scrolled(0)).toBe(true);
  made.settle();
  const [first] = made.seen;
  expect(first).toBeGreaterThan(30);
  let bar = made.bar;
  for (let step = 0; step < 200 && made.seen[0] > 0; step++) {
    if (made.scrolled(Math.max(0, bar - 20))) made.settle();
    bar = made.bar;
  }
  expect(made.seen[0]).toBe(0);
});

test("a row is shown with as little way as there is", () => {
  const made = list(1_000_000);
  made.show(999_999);
  expect(made.seen[1]).toBe(999_999);
  made.show(999_990);
  expect(made.seen[1]).toBe(999_999);
  made.show(10);
  expect(made.seen[0]).toBe(10);
  made.show(29);
  expect(made.seen[0]).toBe(10);
  made.show(30);
  expect(made.seen).toEqual([11, 30]);
});

test("a list that gets shorter is left at its end, and one without rows at its beginning", () => {
  const made = list(1_000_000);
  made.show(999_999);
  made.measure(100, view);
  expect(made.seen).toEqual([80, 99]);
  made.measure(0, view);
  expect([made.seen[0], made.bar, made.height]).toEqual([0, 0, 0]);
});

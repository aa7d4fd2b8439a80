// The tree as lines from top to bottom, as far as it is open and known. Pure.
import type { TreeNode, TreePage } from "../../api/twin.ts";

/** A run of lines: one group, all elements of a group, or what is still asked for. */
export type Run =
  | { readonly kind: "group"; readonly group: TreeNode; readonly depth: number; readonly open: boolean; readonly at: number; readonly of: number; readonly lines: 1 }
  | { readonly kind: "elements"; readonly node: string; readonly depth: number; readonly lines: number }
  | { readonly kind: "waiting"; readonly depth: number; readonly lines: 1 };

export interface Walk {
  readonly runs: readonly Run[];
  /** Index of the first line of each run. */
  readonly starts: readonly number[];
  readonly lines: number;
  /** Nodes that have to be known for this. */
  readonly asked: readonly string[];
}

/** Walks from a root over what is known. */
export function walk(root: string, known: (node: string) => TreePage | undefined, isOpen: (group: TreeNode, depth: number, siblings: number) => boolean): Walk {
  const runs: Run[] = [];
  const asked: string[] = [];
  const visit = (node: string, depth: number): void => {
    asked.push(node);
    const page = known(node);
    if (!page) return void runs.push({ kind: "waiting", depth, lines: 1 });
    page.children.forEach((group, at) => {
      const open = group.below !== "" && isOpen(group, depth, page.children.length);
      runs.push({ kind: "group", group, depth, open, at, of: page.children.length, lines: 1 });
      if (open && group.below === "elements") runs.push({ kind: "elements", node: group.node, depth: depth + 1, lines: group.count });
      else if (open) visit(group.node, depth + 1);
    });
    if (page.children.length === 0 && page.elements?.length) runs.push({ kind: "elements", node, depth, lines: page.count });
  };
  visit(root, 0);
  let lines = 0;
  const starts = runs.map((run) => (lines += run.lines) - run.lines);
  return { runs, starts, lines, asked };
}

/** The run that a line belongs to, and its place in it. */
export function lineAt({ runs, starts }: Walk, line: number): { run: Run; at: number } {
  let [low, high] = [0, runs.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= line) low = middle;
    else high = middle - 1;
  }
  return { run: runs[low]!, at: line - starts[low]! };
}

/** Line of the group above one, -1 for none. */
export function parentLine(whole: Walk, line: number): number {
  const depth = lineAt(whole, line).run.depth;
  for (let index = whole.starts.findLastIndex((start) => start <= line); index >= 0; index--) {
    const run = whole.runs[index]!;
    if (run.kind === "group" && run.depth < depth) return whole.starts[index]!;
  }
  return -1;
}

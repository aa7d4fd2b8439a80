// Showing parts of the models alone, and hiding them: what a person does in the tree becomes the address.
import { go, useStore } from "../../state.ts";
import { isIn } from "./walk.ts";

/** Shows only what the node stands for, or beside what is shown alone already; all again if it was. */
export function isolate(node: string, also: boolean): void {
  const { only, hidden } = useStore.getState().view;
  const next = only.includes(node) ? only.filter((one) => one !== node) : also ? [...only.filter((one) => !isIn(one, node)), node] : [node];
  go({ only: next, hidden: hidden.filter((one) => !next.some((shown) => isIn(shown, one))) });
}

/** Hides a node, or shows it if it is hidden. */
export function hide(node: string): void {
  const { hidden } = useStore.getState().view;
  const rest = hidden.filter((one) => !isIn(node, one));
  go({ hidden: rest.length < hidden.length ? rest : [...hidden.filter((one) => !isIn(one, node)), node] });
}

export function showAll(): void {
  go({ only: [], hidden: [], lit: [] });
}

/** Whether a node is hidden, or lies in one that is. */
export function isHidden(node: string, hidden: readonly string[]): boolean {
  return hidden.some((one) => isIn(node, one));
}

/** Whether only others of the same tree are shown. */
export function isLeftOut(node: string, only: readonly string[]): boolean {
  return only.some((one) => sameTree(one, node)) && !only.some((one) => isIn(node, one) || isIn(one, node));
}

function sameTree(one: string, other: string): boolean {
  return one.split("/", 1)[0] === other.split("/", 1)[0];
}

/** The last choice of a node's address, for people: `B1` of `place/in=IfcBuildingStorey:B1`. */
export function nodeName(node: string): string {
  const last = node.slice(node.lastIndexOf("=") + 1);
  const text = decodeURIComponent(last);
  return node.slice(node.lastIndexOf("/") + 1).startsWith("in=") ? text.slice(text.indexOf(":") + 1) || text : text;
}

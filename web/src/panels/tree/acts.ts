// Showing parts of the models alone, and hiding them: what a person does in the tree becomes the address.
import { go, useStore } from "../../state.ts";
import { isIn } from "./nodes.ts";

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

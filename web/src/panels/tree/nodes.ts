// Addresses of nodes: what lies in what, what is left out, what they are called. Pure.

/** Whether a node is another or lies in it. */
export function isIn(node: string, other: string): boolean {
  return node === other || node.startsWith(`${other}/`);
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

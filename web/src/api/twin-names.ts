// What the tree of the models' parts can be by. Pure.
export const groupings = ["place", "model", "class", "type", "system", "zone", "layer", "material"] as const;
export type Grouping = (typeof groupings)[number];

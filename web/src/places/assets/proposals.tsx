export function Proposals(_: Record<string, unknown>) { return null; }

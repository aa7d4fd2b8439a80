export function Routes(_: Record<string, unknown>) { return null; }

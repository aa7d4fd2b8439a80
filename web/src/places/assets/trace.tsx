export function Trace(_: Record<string, unknown>) { return null; }

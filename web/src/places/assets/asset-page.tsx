export function AssetPage(_: Record<string, unknown>) { return null; }

// What the tools ask the server: positions in the grid of Hong Kong, and Features of a model.
import { Problem } from "../../api/problem.ts";
import { loadFeatures } from "../../api/features.ts";
import type { Feature } from "../../api/types.ts";

/** Easting and northing in HK1980 Grid and level above the Principal Datum, metres. */
export interface GridPosition {
  readonly easting: number;
  readonly northing: number;
  readonly level: number;
}

/** Takes longitude, latitude (degrees) and heights above the WGS 84 ellipsoid to the grid, by the operation that the server knows.
 *
 * @throws {Problem} the server cannot, or could not be reached.
 */
export async function toGrid(points: readonly { lon: number; lat: number; height: number }[]): Promise<GridPosition[]> {
  const inputs = { coordinates: points.map(({ lon, lat, height }) => [lon, lat, height]), source: "EPSG:4979", target: "EPSG:2326+5738" };
  const response = await fetch("/ogc/processes/transform-coordinates/execution", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json" },
    body: JSON.stringify({ inputs, outputs: { coordinates: {} } }),
  });
  if (!response.ok) throw await Problem.from(response);
  const rows = (await response.json()) as [number, number, number][];
  return rows.map(([easting, northing, level]) => ({ easting, northing, level }));
}

const most = 20_000;

/** Features of a Collection that belong to a model. */
export async function readAll(collection: string, model: string): Promise<readonly Feature[]> {
  const items = `/ogc/collections/${encodeURIComponent(collection)}/items?model=${encodeURIComponent(model)}`;
  return (await loadFeatures(items, { limit: most })).features;
}

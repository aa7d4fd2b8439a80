// Files that were dropped together, as layers: the parts of a Shapefile belong together, every other file stands alone.
import { zip } from "./zip.ts";

const shapefileParts = /\.(shp|shx|dbf|prj|cpg|qix|sbn|sbx|shp\.xml)$/i;

export interface Bundle {
  readonly name: string;
  readonly body: () => Promise<Blob>;
}

/** One bundle for each layer file; a Shapefile becomes an archive of its parts. */
export function bundles(files: readonly File[]): readonly Bundle[] {
  const stems = new Set(files.filter(({ name }) => /\.shp$/i.test(name)).map(({ name }) => stemOf(name)));
  const isPart = ({ name }: File): boolean => shapefileParts.test(name) && stems.has(stemOf(name));
  const shapefiles = [...stems].map((stem) => {
    const parts = files.filter((file) => isPart(file) && stemOf(file.name) === stem);
    return { name: `${stem}.zip`, body: () => zipped(parts) };
  });
  return [...shapefiles, ...files.filter((file) => !isPart(file)).map((file) => ({ name: file.name, body: () => Promise.resolve<Blob>(file) }))];
}

function stemOf(name: string): string {
  return name.replace(shapefileParts, "");
}

async function zipped(files: readonly File[]): Promise<Blob> {
  return zip(await Promise.all(files.map(async (file) => ({ name: file.name, data: new Uint8Array(await file.arrayBuffer()) }))));
}

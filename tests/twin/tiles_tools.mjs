// Walks tilesets with CesiumGS's 3d-tiles-tools: explicit and implicit tiles, subtrees, tilesets inside, metadata of contents.
//
//     node tiles_tools.mjs FOLDER_WITH_NODE_MODULES TILESET.json...      one line of JSON for each tileset
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [installed, ...named] = process.argv.slice(2);
const require = createRequire(join(resolve(installed), "package.json"));
const tools = await import(pathToFileURL(require.resolve("3d-tiles-tools")).href);

async function walked(file) {
  const folder = dirname(resolve(file));
  const found = { file, tiles: 0, levels: 0, contents: 0, missing: [], broken: [] };
  const ids = new Set();
  const traverser = new tools.TilesetTraverser(folder, new tools.FileResourceResolver(folder), { traverseExternalTilesets: true });
  await traverser.traverse(JSON.parse(readFileSync(file, "utf8")), async (tile) => {
    found.tiles += 1;
    found.levels = Math.max(found.levels, tile.level + 1);
    if (tile.isImplicitTilesetRoot()) return true;
    for (const { uri } of tile.getFinalContents()) {
      found.contents += 1;
      const data = await tile.getResourceResolver().resolveData(uri);
      if (!data) found.missing.push(uri);
      else if (uri.endsWith(".glb")) for (const id of await idsOf(data, uri, found)) ids.add(id);
    }
    return true;
  });
  return { ...found, ids: [...ids].sort() };
}

/** The column `id` of a content's property table, read by the tools' own model of property tables. */
async function idsOf(data, uri, found) {
  try {
    const document = JSON.parse(data.subarray(20, 20 + data.readUInt32LE(12)).toString("utf8"));
    const binary = data.subarray(20 + data.readUInt32LE(12) + 8);
    const { schema, propertyTables } = document.extensions.EXT_structural_metadata;
    const views = document.bufferViews.map(({ byteOffset = 0, byteLength }) => binary.subarray(byteOffset, byteOffset + byteLength));
    return propertyTables.flatMap((propertyTable) => {
      const binaryMetadata = {
        metadataClass: schema.classes[propertyTable.class],
        binaryEnumInfo: tools.MetadataUtilities.computeBinaryEnumInfo(schema),
        binaryBufferStructure: { buffers: document.buffers, bufferViews: document.bufferViews },
        binaryBufferData: { buffersData: [binary], bufferViewsData: views },
      };
      const model = new tools.BinaryPropertyTableModel({ propertyTable, binaryMetadata });
      return Array.from({ length: propertyTable.count }, (_, row) => model.getMetadataEntityModel(row).getPropertyValue("id"));
    });
  } catch (error) {
    found.broken.push(`${basename(uri)}: ${error.message}`);
    return [];
  }
}

for (const file of named) console.log(JSON.stringify(await walked(file)));

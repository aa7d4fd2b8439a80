"""Snippets: how QGIS, GDAL, Python and MapLibre read one Collection, ready to be copied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from csdi.collection import Collection, Kind
from ogc_api.coverage_documents import is_raster
from ogc_api.pages import LANGUAGES
from ogc_api.site import HONG_KONG


@dataclass(frozen=True, slots=True)
class Snippet:
    """One way to read a Collection.

    Attributes:
        id: of the snippet: `qgis`, `gdal`, `geopandas`, `owslib`, `maplibre`, `curl`.
        title: what it is for.
        kind: language of the code: `text`, `shell`, `python`, `html`.
        hint: what to do with the code, in the language asked for.
        code: the text to copy.
    """

    id: str
    title: str
    kind: str
    hint: str
    code: str


_HINTS: dict[str, tuple[str, str, str]] = {
    "qgis": ("Layer → Add Layer → Add WFS / OGC API – Features Layer → New. Paste the address, choose version “OGC API – Features”, "
             "connect, and add “{title}”.",
             "圖層 → 加入圖層 → 加入 WFS／OGC API – Features 圖層 → 新增。貼上網址，版本選「OGC API – Features」，連線後加入「{title}」。",
             "图层 → 添加图层 → 添加 WFS／OGC API – Features 图层 → 新建。粘贴网址，版本选“OGC API – Features”，连接后添加“{title}”。"),
    "qgis-raster": ("Layer → Add Layer → Add Raster Layer → Protocol: HTTP(S). Paste the address; QGIS reads only what it shows.",
                    "圖層 → 加入圖層 → 加入網格圖層 → 協定：HTTP(S)。貼上網址；QGIS 只讀取所顯示的部分。",
                    "图层 → 添加图层 → 添加栅格图层 → 协议：HTTP(S)。粘贴网址；QGIS 只读取所显示的部分。"),
    "qgis-tiles": ("Layer → Add Layer → Add Vector Tile Layer → New Generic Connection. Paste the address as URL.",
                   "圖層 → 加入圖層 → 加入向量圖磚圖層 → 新增一般連線。將網址貼到 URL。",
                   "图层 → 添加图层 → 添加矢量瓦片图层 → 新建通用连接。将网址粘贴到 URL。"),
    "gdal": ("Copies the whole layer into a file; -where is evaluated by this server.",
             "將整個圖層存成檔案；-where 條件由本伺服器計算。", "将整个图层存成文件；-where 条件由本服务器计算。"),
    "gdal-raster": ("Cuts a piece out of the raster; only the bytes of that piece are sent.",
                    "裁切部分網格；只傳送該部分的資料。", "裁切部分栅格；只传送该部分的数据。"),
    "python": ("Reads it into a table.", "讀取成表格。", "读取成表格。"),
    "owslib": ("Asks for a page of items that meet a CQL2 filter.", "以 CQL2 條件取得一頁項目。", "以 CQL2 条件取得一页要素。"),
    "maplibre": ("A whole page: save it as map.html and open it.", "完整網頁：存成 map.html 後開啟。", "完整网页：存成 map.html 后打开。"),
    "curl": ("Coordinates in HK1980 Grid; f=csv, gpkg, fgb or parquet give other formats.",
             "坐標採用香港 1980 方格網；f=csv、gpkg、fgb 或 parquet 取得其他格式。",
             "坐标采用香港 1980 方格网；f=csv、gpkg、fgb 或 parquet 取得其他格式。"),
    "curl-records": ("Finds records; words in Chinese work too.", "搜尋記錄，可用中文字詞。", "搜索记录，可用中文字词。"),
}


def snippets(collection: Collection, server: str, language: str) -> list[Snippet]:
    """How to read the Collection from the server with this public URL; hints are in the language."""
    def hint(name: str) -> str:
        return _HINTS[name][LANGUAGES.index(language)].replace("{title}", collection.title_in(language))
    base = f"{server}/ogc"
    if collection.kind is Kind.CATALOGUE:
        return list(_records(collection, base, hint("curl-records"), hint("owslib")))
    found = _raster(collection, base) if is_raster(collection) else _vector(collection, base)
    if collection.schema.geometry:
        found = (*found, ("maplibre", "MapLibre GL JS", "html", "maplibre", _page(collection, server)))
    return [Snippet(id, title, kind, hint(said), code) for id, title, kind, said, code in found]


_Row = tuple[str, str, str, str, str]


def _vector(collection: Collection, base: str) -> tuple[_Row, ...]:
    id, root = collection.id, f"{base}/collections/{collection.id}"
    tiles = (("qgis-tiles", "QGIS, vector tiles", "text", "qgis-tiles", f"{root}/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}?f=mvt"),)
    numbers = f"""from owslib.ogcapi.features import Features

api = Features("{base}")
page = api.collection_items("{id}", limit=100, filter="id IS NOT NULL")
print(page["numberMatched"], "items")
for item in page["features"]:
    print(item["id"], item["properties"])"""
    return (
        ("qgis", "QGIS", "text", "qgis", base), *(tiles if collection.schema.geometry else ()),
        ("gdal", "GDAL", "shell", "gdal", f'ogr2ogr -f GPKG {id}.gpkg "OAPIF:{base}" {id}'),
        ("geopandas", "Python, GeoPandas", "python", "python",
         f'import geopandas\n\ntable = geopandas.read_file("OAPIF:{base}", layer="{id}")\nprint(table.head())'),
        ("owslib", "Python, OWSLib", "python", "owslib", numbers),
        ("curl", "curl", "shell", "curl", f'curl "{root}/items?limit=10&crs=http://www.opengis.net/def/crs/EPSG/0/2326"'))


def _raster(collection: Collection, base: str) -> tuple[_Row, ...]:
    root = f"{base}/collections/{collection.id}"
    file = f"{root}/coverage.tif"
    read = f"""import rasterio

with rasterio.open("{file}") as raster:
    print(raster.crs, raster.bounds)
    values = raster.read(1, out_shape=(100, 100))
print(values.min(), values.max())"""
    return (("qgis", "QGIS", "text", "qgis-raster", file),
            ("gdal", "GDAL", "shell", "gdal-raster", f'gdal_translate -outsize 10% 10% "/vsicurl/{file}" {collection.id}.tif'),
            ("rasterio", "Python, Rasterio", "python", "python", read))


def _records(collection: Collection, base: str, found: str, page: str) -> Iterator[Snippet]:
    yield Snippet("curl", "curl", "shell", found, f'curl -G "{base}/collections/{collection.id}/items" --data-urlencode "q=水"')
    yield Snippet("owslib", "Python, OWSLib", "python", page, f"""from owslib.ogcapi.records import Records

api = Records("{base}")
page = api.collection_items("{collection.id}", q="水", limit=10)
for record in page["features"]:
    print(record["id"], record["properties"]["title"])""")


def _page(collection: Collection, server: str) -> str:
    """A page with a map of the Collection; everything that it loads comes from this server."""
    bounds = ", ".join(f"{number:.6f}" for number in (collection.extent.bbox or HONG_KONG).xy)
    return f"""<!doctype html>
<meta charset="utf-8">
<title>{collection.id}</title>
<link rel="stylesheet" href="{server}/maplibre/maplibre-gl.css">
<div id="map" style="position: absolute; inset: 0"></div>
<script type="module">
  import {{ Map, NavigationControl }} from "{server}/maplibre/maplibre-gl.mjs";
  const map = new Map({{
    container: "map",
    style: "{server}/ogc/collections/{collection.id}/styles/default?f=mapbox",
    bounds: [{bounds}],
  }});
  map.addControl(new NavigationControl());
</script>"""

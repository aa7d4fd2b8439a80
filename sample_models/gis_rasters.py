"""Rasters of the site as cloud-optimised GeoTIFFs: terrain heights in mPD and an aerial image painted from the layers."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from rasterio.features import rasterize
from rasterio.io import MemoryFile
from rasterio.shutil import copy as copy_raster
from rasterio.transform import Affine

from sample_models.gis_earthworks import finished
from sample_models.gis_files import GRID
from sample_models.gis_ground import AREA, Array, noise, platform_distance, shore_north
from sample_models.gis_paint import SUN_FROM_DEG, Coat, coats
from sample_models.layout import Layout

Pixels = npt.NDArray[np.float32]
Ready = Callable[[float], None]

_TILE = 512
_OVERSAMPLE = 3
_THREADS = 2


def terrain_cell_m(scale: float) -> float:
    """Cell size of the terrain raster: 5 m at scale 1, coarser below."""
    return 5.0 if scale >= 1 else 10.0 if scale >= 0.4 else 20.0


def image_cell_m(scale: float) -> float:
    """Pixel size of the aerial image: 2 m at scale 1, coarser below."""
    return 2.0 if scale >= 1 else 4.0 if scale >= 0.4 else 8.0


def write_terrain(layout: Layout, path: Path) -> Path:
    """Ground heights, float32, mPD rounded to the centimetre, sea 0; COG with overviews."""
    cell = terrain_cell_m(layout.scale)
    band = np.round(finished(*_centres(cell, *_whole(cell))), 2).astype(np.float32)
    options = {"compress": "DEFLATE", "predictor": 3, "level": 9, "overview_resampling": "AVERAGE"}
    tags = {"VERTICAL_DATUM": "HKPD (EPSG:5738)", "AREA_OR_POINT": "Area"}
    return _write_cog(path, band[None], cell, options, tags, ("ground height, mPD",))


def write_image(layout: Layout, path: Path, ready: Ready | None = None) -> Path:
    """The aerial image, RGB, JPEG inside; COG with overviews."""
    cell = image_cell_m(layout.scale)
    image = aerial_image(layout, cell, ready)
    options = {"compress": "JPEG", "quality": 86, "overview_quality": 86, "overview_resampling": "AVERAGE"}
    return _write_cog(path, np.moveaxis(image, 2, 0), cell, options, {}, ("red", "green", "blue"))


def aerial_image(layout: Layout, cell_m: float, ready: Ready | None = None) -> npt.NDArray[np.uint8]:
    """(rows, columns, 3) uint8: the site from above, north up, sun from the south-east."""
    rows, columns = _whole(cell_m)[1::2]
    image = np.empty((rows, columns, 3), dtype=np.uint8)
    layers = [(coat, shapely.STRtree(coat.shapes)) for coat in coats(layout)]
    windows = [
        (r, min(r + _TILE, rows), c, min(c + _TILE, columns))
        for r in range(0, rows, _TILE)
        for c in range(0, columns, _TILE)
    ]
    lock = Lock()
    with ThreadPoolExecutor(_THREADS) as pool:
        tiles = pool.map(lambda window: _tile(layers, cell_m, window, lock), windows)
        for done, ((top, bottom, left, right), tile) in enumerate(zip(windows, tiles, strict=True), start=1):
            image[top:bottom, left:right] = tile
            if ready:
                ready(done / len(windows))
    return image


Window = tuple[int, int, int, int]


def _whole(cell: float) -> Window:
    west, south, east, north = AREA
    return 0, round((north - south) / cell), 0, round((east - west) / cell)


def _grid(cell: float, west: float, north: float) -> Affine:
    return Affine(cell, 0.0, west, 0.0, -cell, north)


def _centres(cell: float, top: int, bottom: int, left: int, right: int) -> tuple[Array, Array]:
    east = AREA[0] + (np.arange(left, right) + 0.5) * cell
    north = AREA[3] - (np.arange(top, bottom) + 0.5) * cell
    grid = np.meshgrid(east, north)
    return grid[0], grid[1]


def _tile(layers: list[tuple[Coat, shapely.STRtree]], cell: float, window: Window, lock: Lock) -> npt.NDArray[np.uint8]:
    east, north = _centres(cell, *window)
    picture = _bare_ground(east, north, cell)
    mottle = _mottle(east, north, cell)
    corner = _grid(cell, AREA[0] + window[2] * cell, AREA[3] - window[0] * cell)
    box = shapely.box(east[0, 0] - cell, north[-1, 0] - cell, east[0, -1] + cell, north[0, 0] + cell)
    for coat, tree in layers:
        touched = np.sort(tree.query(box, predicate="intersects"))
        if len(touched):
            _lay(picture, coat, touched, corner, mottle, lock)
    pixels: npt.NDArray[np.uint8] = np.clip(picture + 0.5, 0, 255).astype(np.uint8)
    return pixels


def _lay(picture: Pixels, coat: Coat, touched: npt.NDArray[np.intp], corner: Affine, mottle: Pixels, lock: Lock) -> None:
    """Blend one coat into the picture, in place; edges are smoothed by oversampling."""
    height, width = picture.shape[:2]
    n = _OVERSAMPLE
    pairs = [(coat.shapes[i], k) for k, i in enumerate(touched, start=1)]
    with lock:  # rasterize() silences a warning for the whole process while it runs
        fine = rasterize(pairs, out_shape=(height * n, width * n), transform=corner @ Affine.scale(1 / n), dtype="int32")
    cover = (fine > 0).reshape(height, n, width, n).mean(axis=(1, 3), dtype=np.float32)
    rows, columns = np.nonzero(cover)
    if not len(rows):
        return
    palette = np.vstack((np.zeros((1, 3)), coat.colours[touched if len(coat.colours) > 1 else np.zeros_like(touched)]))
    cells = fine.reshape(height, n, width, n)[rows, :, columns, :].reshape(len(rows), n * n)
    share = cover[rows, columns][:, None]
    colour = palette[cells].sum(axis=1, dtype=np.float32) / (share * n * n)
    colour = colour + mottle[rows, columns][:, None] * coat.grain
    weight = share * coat.opacity
    picture[rows, columns] = picture[rows, columns] * (1 - weight) + colour * weight


def _bare_ground(east: Array, north: Array, cell: float) -> Pixels:
    """Sea, reclaimed grass and wooded hills before anything is built, lit by the sun."""
    offshore, inland = platform_distance(east, north), shore_north(east) - north
    level = finished(east, north)
    sunlight = _sunlight(level, cell)[..., None]
    picture = np.zeros((*east.shape, 3))
    shore = np.clip(np.maximum(-offshore, inland) / cell + 0.5, 0, 1)[..., None]
    wet, reclaimed, natural = shore[..., 0] < 1, offshore < cell, inland > -cell
    if wet.any():
        away = np.minimum(offshore, -inland)[wet]
        picture[wet] = _sea(east[wet], north[wet], away) * (1 - shore[wet])
    if reclaimed.any():
        m = reclaimed
        picture[m] += _platform(east[m], north[m], -offshore[m], level[m]) * sunlight[m] * shore[m]
    if natural.any():
        m = natural
        picture[m] += _hills(east[m], north[m], inland[m], level[m]) * sunlight[m] * shore[m]
    return picture.astype(np.float32)


def _sea(east: Array, north: Array, away: Array) -> Array:
    deep, shelf = np.array([33.0, 73.0, 93.0]), np.array([62.0, 112.0, 118.0])
    silt = noise(east, north, 1500, 21) * 0.6 + noise(east, north, 480, 22) * 0.4
    near = np.exp(-np.maximum(away, 0) / (150 + 90 * silt))[..., None]
    swell = noise(east * 0.8 + north * 0.6, (north * 0.8 - east * 0.6) * 0.45, 26, 23) * 2.6 + noise(east, north, 9, 24) * 1.8
    water: Array = deep * (1 - near) + shelf * near + swell[..., None] + np.array([7.0, 9.0, 6.0]) * silt[..., None]
    return water


def _platform(east: Array, north: Array, inside: Array, level: Array) -> Array:
    dry, lush, stone = np.array([139.0, 138.0, 92.0]), np.array([100.0, 120.0, 68.0]), np.array([152.0, 148.0, 139.0])
    wet = 0.5 + 0.5 * (noise(east, north, 260, 31) * 0.55 + noise(east, north, 70, 32) * 0.45)
    mown = 3.0 * np.sign(np.sin((east * 0.3256 - north * 0.9455) / 12.0))
    grass = dry * (1 - wet[..., None]) + lush * wet[..., None] + mown[..., None] + 5 * noise(east, north, 8, 33)[..., None]
    wall = np.clip((16.0 - inside) / 3.0, 0, 1)[..., None]
    rock = stone + 16 * noise(east, north, 5, 34)[..., None]
    knoll = np.clip((level - 11.0) / 5.0, 0, 1)[..., None]
    return (grass * (1 - knoll) + _wood(east, north) * knoll) * (1 - wall) + rock * wall


def _hills(east: Array, north: Array, inland: Array, level: Array) -> Array:
    grass, sand, plain = np.array([120.0, 124.0, 76.0]), np.array([206.0, 190.0, 152.0]), np.array([104.0, 118.0, 70.0])
    bald = np.clip((level - 150) / 160 + 0.35 * noise(east, north, 330, 41), 0, 1)[..., None]
    low = np.clip((24 - level) / 12 + 0.7 * noise(east, north, 120, 42), 0, 1)[..., None]
    wooded = _wood(east, north) * (1 - bald) + grass * bald
    cover = wooded * (1 - low) + (plain + 9 * noise(east, north, 22, 43)[..., None]) * low
    beach = np.clip((13 - inland) / 5, 0, 1)[..., None]
    return cover * (1 - beach) + sand * beach


def _wood(east: Array, north: Array) -> Array:
    crowns = noise(east, north, 13, 51) * 0.5 + noise(east, north, 7, 52) * 0.3 + noise(east, north, 90, 53) * 0.5
    colour: Array = np.array([60.0, 83.0, 48.0]) + crowns[..., None] * np.array([13.0, 15.0, 10.0])
    return colour


def _sunlight(level: Array, cell: float) -> Array:
    """Lambert shade for a sun 53 degrees high, 1 on flat ground."""
    slope_n, slope_e = np.gradient(level, cell)
    angle, sine, cosine = np.radians(SUN_FROM_DEG), 0.80, 0.60
    toward = slope_e * np.sin(angle) - slope_n * np.cos(angle)
    shade: Array = (sine - cosine * toward) / np.sqrt(1 + slope_e**2 + slope_n**2) / sine
    return np.clip(shade, 0.35, 1.35)


def _mottle(east: Array, north: Array, cell: float) -> Pixels:
    mix = noise(east, north, 34, 61) * 0.5 + noise(east, north, 3 * cell, 62) * 0.5
    return mix.astype(np.float32)


def _write_cog(
    path: Path, bands: npt.NDArray[Any], cell: float, options: dict[str, Any], tags: dict[str, str], names: tuple[str, ...]
) -> Path:
    count, height, width = bands.shape
    profile = {"driver": "GTiff", "count": count, "height": height, "width": width, "dtype": bands.dtype, "crs": GRID}
    with MemoryFile() as memory:
        with memory.open(**profile, transform=_grid(cell, AREA[0], AREA[3])) as plain:
            plain.write(bands)
            plain.update_tags(**tags)
            for index, name in enumerate(names, start=1):
                plain.set_band_description(index, name)
        path.unlink(missing_ok=True)
        with memory.open() as source:
            copy_raster(source, path, driver="COG", blocksize=_TILE, **options)
    return path

"""Vector tiles of every Collection: tile matrix sets, Mapbox Vector Tile encoding, and a cache of what was made."""

from csdi.tiles.matrix import SETS, TileMatrix, TileMatrixSet, tile_matrix_set

__all__ = ["SETS", "TileMatrix", "TileMatrixSet", "tile_matrix_set"]

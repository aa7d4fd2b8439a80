"""Formats: files of GIS data in; the only door to GDAL (pyogrio, rasterio and their companions)."""

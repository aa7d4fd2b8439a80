"""Coverages: raster Collections as values over places, cut, scaled, carried into other CRSs, asked at points and drawn."""

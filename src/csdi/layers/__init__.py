"""Layers: publish GIS files and layers of other servers as Collections, again when they change, and withdraw them."""

from csdi.layers.publish import LayerOptions, LayerResult, Progress, add_layers, drop_layer, slug, versions_of
from csdi.layers.refresh import due, refresh, seconds_of
from csdi.layers.remote import add_remote

__all__ = ["LayerOptions", "LayerResult", "Progress", "add_layers", "add_remote", "drop_layer", "due", "refresh", "seconds_of", "slug",
           "versions_of"]

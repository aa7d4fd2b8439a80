"""Layers: publish GIS files and layers of other servers as Collections, again when they change, and withdraw them."""

from csdi.layers.publish import LayerOptions, LayerResult, Progress, add_layers, drop_layer, slug, versions_of
from csdi.layers.remote import add_remote

__all__ = ["LayerOptions", "LayerResult", "Progress", "add_layers", "add_remote", "drop_layer", "slug", "versions_of"]

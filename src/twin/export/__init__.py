"""Export: models, layers, routes and the whole site in the formats of other programs."""

from twin.export.czml import TrackWish, layer_czml, route_czml
from twin.export.files import FORMATS, Exported, export_model
from twin.export.selection import Selection
from twin.export.sequence import sequence
from twin.export.site import SiteWish, site_cityjson

__all__ = ["FORMATS", "Exported", "Selection", "SiteWish", "TrackWish", "export_model", "layer_czml", "route_czml", "sequence",
           "site_cityjson"]

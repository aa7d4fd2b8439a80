"""Height limits: surfaces around runways, and polygons with a restricted height."""

from csdi.limits.drawing import drawn
from csdi.limits.layers import limit_surfaces, read_runways
from csdi.limits.lowest import Lowest, lowest_limits
from csdi.limits.patch import Candidates, Disc, Patch, Plane, Ring
from csdi.limits.penetration import Bodies, Penetration, penetrations
from csdi.limits.publishing import NOTICE, collection_id, publish_surfaces, surface_collection
from csdi.limits.runway import Runway, RunwayEnd
from csdi.limits.surface import KINDS, Surface
from csdi.limits.surfaces import surfaces_of
from csdi.limits.tables import Dimensions, TableSet, table_ids, table_set, table_sets

__all__ = ["KINDS", "NOTICE", "Bodies", "Candidates", "Dimensions", "Disc", "Lowest", "Patch", "Penetration", "Plane", "Ring", "Runway",
           "RunwayEnd", "Surface", "TableSet", "collection_id", "drawn", "limit_surfaces", "lowest_limits", "penetrations",
           "publish_surfaces", "read_runways", "surface_collection", "surfaces_of", "table_ids", "table_set", "table_sets"]

"""Height limits: surfaces around runways, and polygons with a restricted height."""

from csdi.limits.layers import limit_surfaces, read_runways
from csdi.limits.patch import Candidates, Disc, Patch, Plane, Ring
from csdi.limits.penetration import Bodies, Penetration, penetrations
from csdi.limits.runway import Runway, RunwayEnd
from csdi.limits.surface import KINDS, Surface
from csdi.limits.surfaces import surfaces_of
from csdi.limits.tables import Dimensions, TableSet, table_sets

__all__ = ["KINDS", "Bodies", "Candidates", "Dimensions", "Disc", "Patch", "Penetration", "Plane", "Ring", "Runway", "RunwayEnd", "Surface",
           "TableSet", "limit_surfaces", "penetrations", "read_runways", "surfaces_of", "table_sets"]

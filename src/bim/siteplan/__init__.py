"""Site plan: bodies of a model against lots, edges, buried lines, sight lines and ground; pure geometry on one plane grid.

Everything is east, north, height in metres, float64; work happens about a local origin, so that no digits are lost.
"""

from bim.siteplan.bodies import Outline, clip_between, hull_of, outline_of, plan_pieces
from bim.siteplan.clearance import Nearest, Strand, Strands, nearest_zone
from bim.siteplan.levels import GroundRange, ground_under, places_under
from bim.siteplan.overhang import Overhang, overhang
from bim.siteplan.setback import Band, Setback, nearest_edge
from bim.siteplan.sight import Blocked, Scene, newly_blocked, prism, terrain_triangles

__all__ = ["Band", "Blocked", "GroundRange", "Nearest", "Outline", "Overhang", "Scene", "Setback", "Strand", "Strands", "clip_between",
           "ground_under", "hull_of", "nearest_edge", "nearest_zone", "newly_blocked", "outline_of", "overhang", "places_under",
           "plan_pieces", "prism", "terrain_triangles"]

"""Meshing: from the shapes that IFC describes to triangles in the model frame, whatever the file does to the engine."""

from bim.meshing.run import KERNELS, Fence, Tessellated, tessellate, tessellate_groups, tessellating
from bim.meshing.wanted import Wanted, wanted_elements, wanted_spaces

__all__ = ["KERNELS", "Fence", "Tessellated", "Wanted", "tessellate", "tessellate_groups", "tessellating", "wanted_elements",
           "wanted_spaces"]

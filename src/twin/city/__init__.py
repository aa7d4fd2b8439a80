"""The city: buildings of any layer as 3D Tiles with implicit tiling, extruded from footprints or with bodies of their own."""

from twin.city.build import Built, City, Plan
from twin.city.remainder import Remainder
from twin.city.replaced import replaced
from twin.city.roles import Roles, is_city

__all__ = ["Built", "City", "Plan", "Remainder", "Roles", "is_city", "replaced"]

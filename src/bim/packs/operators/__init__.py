"""The closed set of operators: what a rule can measure. Each is pure, and measures all selected objects at once."""

from collections.abc import Mapping

from bim.packs.operators.clearance import CLEARANCE_OPERATORS
from bim.packs.operators.escape import ESCAPE_OPERATORS
from bim.packs.operators.floor_areas import AREA_OPERATORS
from bim.packs.operators.geometry import GEOMETRY_OPERATORS
from bim.packs.operators.limits import LIMIT_OPERATORS
from bim.packs.operators.operator import Operator
from bim.packs.operators.placing import PLACING_OPERATORS
from bim.packs.operators.rows import ROW_OPERATORS
from bim.packs.operators.sight import SIGHT_OPERATORS
from bim.packs.operators.site import SITE_OPERATORS

OPERATORS: Mapping[str, Operator] = {one.name: one for one in (*ROW_OPERATORS, *LIMIT_OPERATORS, *PLACING_OPERATORS, *SITE_OPERATORS,
                                                         *CLEARANCE_OPERATORS, *SIGHT_OPERATORS, *ESCAPE_OPERATORS,
                                                         *GEOMETRY_OPERATORS, *AREA_OPERATORS)}

__all__ = ["OPERATORS", "Operator"]

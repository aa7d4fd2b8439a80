"""Dialects: files of a schema that the engine does not know, put into one that it does, instance by instance.

STEP values have no names, so a schema's order of attributes is its meaning: IFC4X3 states `Closed` before `Normals`,
IFC4X3_ADD2 after it. `facts` says what differs between the published schemas, `rewriting` puts every instance concerned
into the target's order and reports what it did; what cannot be carried over is left out by name.
"""

from bim.dialects.facts import DIALECTS, Dialect
from bim.dialects.rewriting import classes_of, rewritten

__all__ = ["DIALECTS", "Dialect", "classes_of", "rewritten"]

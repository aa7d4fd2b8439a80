"""Which instances no rooted one leads to: forward references, and the few inverse ones by which a resource describes another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bim.ifc import Model, class_names, derived_classes, is_instance, value_of
from bim.statements import Rows, Statements

Ints = NDArray[np.int64]

_DESCRIBES = {
    "IfcStyledItem": "Item",
    "IfcCoordinateOperation": "SourceCRS",
    "IfcPresentationLayerAssignment": "AssignedItems",
    "IfcGeometricRepresentationSubContext": "ParentContext",
    "IfcMaterialProperties": "Material",
    "IfcProfileProperties": "ProfileDefinition",
    "IfcMaterialDefinitionRepresentation": "RepresentedMaterial",
    "IfcIndexedColourMap": "MappedTo",
    "IfcTextureCoordinate": "MappedTo",
    "IfcShapeAspect": "PartOfProductDefinitionShape",
    "IfcWellKnownText": "CoordinateReferenceSystem",
}
"""Class -> the attribute that names what it describes: it is reached where that is."""


def unreached(model: Model, statements: Statements) -> Ints:
    """Ids of the instances that no rooted one leads to, in the order of the file; those of unknown classes are left out."""
    rooted = derived_classes(model.schema, "IfcRoot")
    reached = np.zeros(len(statements), bool)
    describing = _describing(model, statements.rows)
    kinds = [kind for name in _RELATING for kind in derived_classes(model.schema, name)]
    relating = {row: statements.referred(np.array([row])) for row in statements.of(*kinds).tolist()}
    new = statements.of(*rooted)
    while len(new):
        reached[new] = True
        while len(new):
            new = statements.referred(new)
            new = new[~reached[new]]
            reached[new] = True
        rows = [row for row, described in describing.items() if not reached[row] and reached[described].any()]
        rows += [row for row, ends in relating.items() if not reached[row] and reached[ends].all()]
        new = np.array(rows, np.int64)
    reached[statements.of(*(set(statements.names) - class_names(model.schema)))] = True
    return np.asarray(statements.ids[~reached])


_RELATING = ("IfcResourceLevelRelationship", "IfcPropertyDependencyRelationship", "IfcMaterialClassificationRelationship",
             "IfcDocumentInformationRelationship", "IfcApprovalRelationship", "IfcConstraintRelationship", "IfcCurrencyRelationship")
"""Relationships of resources: reached where all that they relate is."""


def _describing(model: Model, rows: Rows) -> dict[int, Ints]:
    """Row of a describing instance -> rows of what it describes."""
    found = {}
    for name, attribute in _DESCRIBES.items():
        for one in model.of(name):
            value = value_of(one, attribute)
            targets = [target.id() for target in (value if isinstance(value, tuple) else (value,)) if is_instance(target)]
            described = rows.of(np.array(targets, np.int64))
            if (row := rows.row(one.id())) >= 0:
                found[row] = described[described >= 0]
    return found

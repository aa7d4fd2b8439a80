"""Catalogue of building services: what the devices of the terminal are called and look like."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from sample_models.ifc_network import Part
from sample_models.ifc_shapes import Shapes
from sample_models.ifc_step import Ref

AHU_SIZE = (4.5, 2.2, 2.2)
PIPE_Z_M = 4.2
"""Height of the mains above the basement floor."""
DUCT_Z_M = 4.2
"""Height of the ducts above the boarding level."""


Catalogue = Mapping[str, Part]
"""Parts by a short name of ours."""


def catalogue(s: Shapes) -> Catalogue:
    """The parts, with shapes written into the model of `s` when first used."""
    return {
        "ahu": Part("IFCUNITARYEQUIPMENT", "AIRHANDLER", "Air Handling Unit", "空氣處理機組",
                    partial(_ahu, s), "AHU"),
        "chiller": Part("IFCCHILLER", "WATERCOOLED", "Chiller", "冷水機組", partial(_chiller, s), "CH"),
        "pump": Part("IFCPUMP", "ENDSUCTION", "Chilled Water Pump", "冷水泵", partial(_pump, s), "CHWP"),
        "fire pump": Part("IFCPUMP", "SPLITCASE", "Fire Pump", "消防泵", partial(_pump, s), "FSP"),
        "valve": Part("IFCVALVE", "ISOLATING", "Isolating Valve", "隔離閥", partial(_valve, s), "V"),
        "control valve": Part("IFCVALVE", "REGULATING", "Control Valve", "調節閥", partial(_valve, s), "CV"),
        "pipe": Part("IFCPIPESEGMENT", "RIGIDSEGMENT", "Pipe", "水管"),
        "tee": Part("IFCPIPEFITTING", "JUNCTION", "Pipe Tee", "三通",
                    lambda: [s.box((0.5, 0.5, 0.5), (0, 0, -0.25), "equipment")]),
        "duct": Part("IFCDUCTSEGMENT", "RIGIDSEGMENT", "Duct", "風管"),
        "elbow": Part("IFCDUCTFITTING", "BEND", "Duct Bend", "風管彎頭", lambda: [s.box((1.1, 1.1, 1.0), (0, 0, -0.5), "duct")]),
        "junction": Part("IFCDUCTFITTING", "JUNCTION", "Duct Junction", "風管分支",
                         lambda: [s.box((1.2, 1.2, 1.0), (0, 0, -0.5), "duct")]),
        "fire damper": Part("IFCDAMPER", "FIREDAMPER", "Fire Damper", "防火閘",
                            lambda: [s.box((1.2, 1.2, 0.4), colour="valve")], "FD"),
        "damper": Part("IFCDAMPER", "BALANCINGDAMPER", "Damper", "風閘",
                       lambda: [s.box((0.7, 0.3, 0.5), (0, 0, -0.25), "valve")]),
        "diffuser": Part("IFCAIRTERMINAL", "DIFFUSER", "Diffuser", "出風口",
                         lambda: [s.box((0.6, 0.6, 0.3), (0, 0, -0.55), "duct")]),
        "switchboard": Part("IFCELECTRICDISTRIBUTIONBOARD", "SWITCHBOARD", "Switchboard", "總電掣櫃",
                            lambda: [s.box((4.0, 0.9, 2.2), colour="electrical")], "MSB"),
        "board": Part("IFCELECTRICDISTRIBUTIONBOARD", "DISTRIBUTIONBOARD", "Distribution Board", "配電箱",
                      lambda: [s.box((0.8, 0.25, 1.4), colour="electrical")], "DB"),
        "breaker": Part("IFCPROTECTIVEDEVICE", "CIRCUITBREAKER", "Circuit Breaker", "斷路器",
                        lambda: [s.box((0.06, 0.08, 0.09), colour="equipment")]),
        "cable": Part("IFCCABLESEGMENT", "CABLESEGMENT", "Cable", "電纜"),
        "light": Part("IFCLIGHTFIXTURE", "DIRECTIONSOURCE", "Light Fixture", "照明燈具",
                      lambda: [s.box((1.5, 0.2, 0.08), colour="light")]),
        "outlet": Part("IFCOUTLET", "POWEROUTLET", "Power Outlet", "電源插座",
                       lambda: [s.box((0.15, 0.06, 0.09), colour="electrical")]),
        "sprinkler": Part("IFCFIRESUPPRESSIONTERMINAL", "SPRINKLER", "Sprinkler", "灑水頭",
                          lambda: [s.extrude(s.circle(0.04), 0.12, (0.0, 0.0, -0.12), colour="valve")]),
        "sensor": Part("IFCSENSOR", "TEMPERATURESENSOR", "Temperature Sensor", "溫度感應器",
                       lambda: [s.box((0.1, 0.04, 0.14), colour="light")], "TS"),
    }  # fmt: skip


def _ahu(s: Shapes) -> list[Ref]:
    return [s.box(AHU_SIZE, (0.0, 0.0, 0.15), "equipment"), s.box((0.6, 1.6, 0.8), (1.6, 0.0, 2.35), "duct"),
            s.box((4.7, 2.3, 0.15), colour="steel")]  # fmt: skip


def _chiller(s: Shapes) -> list[Ref]:
    return [s.pipe((-2.6, -0.7, 0.9), (2.6, -0.7, 0.9), 0.6, "equipment"),
            s.pipe((-2.6, 0.7, 0.9), (2.6, 0.7, 0.9), 0.6, "equipment"),
            s.pipe((-1.5, 0.0, 2.0), (1.5, 0.0, 2.0), 0.5, "steel"), s.box((5.0, 2.4, 0.3), colour="concrete")]  # fmt: skip


def _pump(s: Shapes) -> list[Ref]:
    return [s.box((2.0, 0.9, 0.2), colour="concrete"), s.pipe((-0.9, 0.0, 0.7), (0.2, 0.0, 0.7), 0.32, "equipment"),
            s.pipe((0.6, -0.2, 0.7), (0.6, 0.2, 0.7), 0.42, "chilled supply")]  # fmt: skip


def _valve(s: Shapes) -> list[Ref]:
    return [s.pipe((-0.25, 0.0, 0.0), (0.25, 0.0, 0.0), 0.16, "valve"), s.box((0.08, 0.08, 0.45), colour="steel"),
            s.extrude(s.circle(0.22), 0.04, (0.0, 0.0, 0.45), colour="valve")]  # fmt: skip

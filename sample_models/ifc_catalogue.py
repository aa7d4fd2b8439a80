"""Catalogue of building services: what the devices of the terminal are called and look like."""

from __future__ import annotations

from dataclasses import dataclass

from sample_models.ifc_network import Part
from sample_models.ifc_shapes import Shapes
from sample_models.ifc_step import Ref

AHU_SIZE = (4.5, 2.2, 2.2)
PIPE_Z_M = 4.2
"""Height of the mains above the basement floor."""
DUCT_Z_M = 4.2
"""Height of the ducts above the boarding level."""


@dataclass(frozen=True)
class Catalogue:
    """Parts whose shapes live in one model."""

    shapes: Shapes

    def __post_init__(self) -> None:
        s = self.shapes
        pipe, duct = ("Pr_65_52_63", "Pipes and fittings"), ("Pr_65_65", "Ducts and fittings")
        valve, board = ("Pr_65_54", "Valves"), ("Pr_60_70_22", "Distribution boards")
        parts = {
            "ahu": Part("IFCUNITARYEQUIPMENT", "AIRHANDLER", "Air Handling Unit", "空氣處理機組", ("Pr_60_65_03", "Air handling units"),
                        self._ahu, "AHU"),
            "chiller": Part("IFCCHILLER", "WATERCOOLED", "Chiller", "冷水機組", ("Pr_60_60_13", "Chillers"), self._chiller, "CH"),
            "pump": Part("IFCPUMP", "ENDSUCTION", "Chilled Water Pump", "冷水泵", ("Pr_65_53", "Pumps"), self._pump, "CHWP"),
            "fire pump": Part("IFCPUMP", "SPLITCASE", "Fire Pump", "消防泵", ("Pr_65_53", "Pumps"), self._pump, "FSP"),
            "valve": Part("IFCVALVE", "ISOLATING", "Isolating Valve", "隔離閥", valve, self._valve, "V"),
            "control valve": Part("IFCVALVE", "REGULATING", "Control Valve", "調節閥", valve, self._valve, "CV"),
            "pipe": Part("IFCPIPESEGMENT", "RIGIDSEGMENT", "Pipe", "水管", pipe),
            "tee": Part("IFCPIPEFITTING", "JUNCTION", "Pipe Tee", "三通", pipe,
                        lambda: [s.box((0.5, 0.5, 0.5), (0, 0, -0.25), "equipment")]),
            "duct": Part("IFCDUCTSEGMENT", "RIGIDSEGMENT", "Duct", "風管", duct),
            "elbow": Part("IFCDUCTFITTING", "BEND", "Duct Bend", "風管彎頭", duct, lambda: [s.box((1.1, 1.1, 1.0), (0, 0, -0.5), "duct")]),
            "junction": Part("IFCDUCTFITTING", "JUNCTION", "Duct Junction", "風管分支", duct,
                             lambda: [s.box((1.2, 1.2, 1.0), (0, 0, -0.5), "duct")]),
            "fire damper": Part("IFCDAMPER", "FIREDAMPER", "Fire Damper", "防火閘", ("Pr_65_57", "Dampers"),
                                lambda: [s.box((1.2, 1.2, 0.4), colour="valve")], "FD"),
            "damper": Part("IFCDAMPER", "BALANCINGDAMPER", "Damper", "風閘", ("Pr_65_57", "Dampers"),
                           lambda: [s.box((0.7, 0.3, 0.5), (0, 0, -0.25), "valve")]),
            "diffuser": Part("IFCAIRTERMINAL", "DIFFUSER", "Diffuser", "出風口", ("Pr_70_65", "Air terminals"),
                             lambda: [s.box((0.6, 0.6, 0.3), (0, 0, -0.55), "duct")]),
            "switchboard": Part("IFCELECTRICDISTRIBUTIONBOARD", "SWITCHBOARD", "Switchboard", "總電掣櫃", board,
                                lambda: [s.box((4.0, 0.9, 2.2), colour="electrical")], "MSB"),
            "board": Part("IFCELECTRICDISTRIBUTIONBOARD", "DISTRIBUTIONBOARD", "Distribution Board", "配電箱", board,
                          lambda: [s.box((0.8, 0.25, 1.4), colour="electrical")], "DB"),
            "cable": Part("IFCCABLESEGMENT", "CABLESEGMENT", "Cable", "電纜", ("Pr_65_70", "Cables")),
            "light": Part("IFCLIGHTFIXTURE", "DIRECTIONSOURCE", "Light Fixture", "照明燈具", ("Pr_70_70", "Luminaires"),
                          lambda: [s.box((1.5, 0.2, 0.08), colour="light")]),
            "outlet": Part("IFCOUTLET", "POWEROUTLET", "Power Outlet", "電源插座", ("Pr_65_72", "Outlets"),
                           lambda: [s.box((0.15, 0.06, 0.09), colour="electrical")]),
            "sprinkler": Part("IFCFIRESUPPRESSIONTERMINAL", "SPRINKLER", "Sprinkler", "灑水頭", ("Pr_70_55_97", "Sprinklers"),
                              lambda: [s.extrude(s.circle(0.04), 0.12, (0.0, 0.0, -0.12), colour="valve")]),
            "sensor": Part("IFCSENSOR", "TEMPERATURESENSOR", "Temperature Sensor", "溫度感應器", ("Pr_75_50", "Sensors"),
                           lambda: [s.box((0.1, 0.04, 0.14), colour="light")], "TS"),
        }  # fmt: skip
        object.__setattr__(self, "_parts", parts)

    def __getitem__(self, name: str) -> Part:
        parts: dict[str, Part] = self.__dict__["_parts"]
        return parts[name]

    def _ahu(self) -> list[Ref]:
        s = self.shapes
        return [s.box(AHU_SIZE, (0.0, 0.0, 0.15), "equipment"), s.box((0.6, 1.6, 0.8), (1.6, 0.0, 2.35), "duct"),
                s.box((4.7, 2.3, 0.15), colour="steel")]  # fmt: skip

    def _chiller(self) -> list[Ref]:
        s = self.shapes
        return [s.pipe((-2.6, -0.7, 0.9), (2.6, -0.7, 0.9), 0.6, "equipment"),
                s.pipe((-2.6, 0.7, 0.9), (2.6, 0.7, 0.9), 0.6, "equipment"),
                s.pipe((-1.5, 0.0, 2.0), (1.5, 0.0, 2.0), 0.5, "steel"), s.box((5.0, 2.4, 0.3), colour="concrete")]  # fmt: skip

    def _pump(self) -> list[Ref]:
        s = self.shapes
        return [s.box((2.0, 0.9, 0.2), colour="concrete"), s.pipe((-0.9, 0.0, 0.7), (0.2, 0.0, 0.7), 0.32, "equipment"),
                s.pipe((0.6, -0.2, 0.7), (0.6, 0.2, 0.7), 0.42, "chilled supply")]  # fmt: skip

    def _valve(self) -> list[Ref]:
        s = self.shapes
        return [s.pipe((-0.25, 0.0, 0.0), (0.25, 0.0, 0.0), 0.16, "valve"), s.box((0.08, 0.08, 0.45), colour="steel"),
                s.extrude(s.circle(0.22), 0.04, (0.0, 0.0, 0.45), colour="valve")]  # fmt: skip

"""What an element does in a distribution network, by its class and predefined type."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

Role = Literal["source", "mover", "equipment", "storage", "board", "closer", "segment", "fitting", "terminal", "control", "other"]
Carrier = Literal["pipe", "duct", "cable", ""]

GENERATES, PASSES_ON, MOVES = 1, 2, 3
"""Ranks of what may be a source: it makes the medium, it has it from elsewhere, it only moves it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What an element does in a network.

    Attributes:
        role: source, mover (pump, fan), equipment, storage, board, closer (valve, damper, breaker), segment, fitting, terminal,
            control (sensor, actuator: nothing flows through it) or other.
        symbol: what it is drawn as.
        carrier: what its medium runs in: pipe, duct, cable, or "" where it is joined to several.
        gives: in which carriers it may be a source.
        rank: of what may be a source, 1 (makes it) to 3 (only moves it); 0 for everything else.
        closes: how well it shuts: 2 made to shut off, 1 may be shut where nothing better is, 0 never.
    """

    role: Role
    symbol: str
    carrier: Carrier = ""
    gives: tuple[Carrier, ...] = ()
    rank: int = 0
    closes: int = 0

    @property
    def passes(self) -> bool:
        """Whether a trace goes on through it: it only leads on, moves or shuts what comes."""
        return self.role in ("mover", "storage", "board", "closer", "segment", "fitting", "other")

    @property
    def consumes(self) -> bool:
        """Whether it is what a network is there for: a terminal, or equipment that is fed."""
        return self.role in ("terminal", "equipment", "source")


def _source(symbol: str, *gives: Carrier, rank: int = GENERATES) -> Kind:
    return Kind("source", symbol, gives=gives, rank=rank)


def _mover(symbol: str, carrier: Carrier) -> Kind:
    return Kind("mover", symbol, gives=(carrier,), rank=MOVES)


def _board(symbol: str = "board", rank: int = MOVES) -> Kind:
    return Kind("board", symbol, "cable", ("cable",), rank, closes=1)


def _terminal(symbol: str, carrier: Carrier = "") -> Kind:
    return Kind("terminal", symbol, carrier)


_VALVE = Kind("closer", "valve", closes=2)
_EQUIPMENT = Kind("equipment", "equipment")
_FITTING = Kind("fitting", "fitting")
_SEGMENT = Kind("segment", "segment")
_CONTROL = Kind("control", "control")

KINDS: dict[str, Kind] = {
    # sources
    "IfcBoiler": _source("boiler", "pipe"), "IfcChiller": _source("chiller", "pipe"), "IfcCoolingTower": _source("tower", "pipe"),
    "IfcBurner": _source("boiler", "pipe", "duct"), "IfcSolarDevice": _source("solar", "pipe", "cable"),
    "IfcElectricGenerator": _source("generator", "cable"), "IfcTransformer": Kind("board", "transformer", "cable", ("cable",), GENERATES),
    "IfcUnitaryEquipment": _source("ahu", "duct"), "IfcHeatExchanger": _source("exchanger", "pipe", rank=PASSES_ON),
    "IfcAirToAirHeatRecovery": _source("exchanger", "duct", rank=PASSES_ON),
    # movers
    "IfcPump": _mover("pump", "pipe"), "IfcFan": _mover("fan", "duct"), "IfcCompressor": _mover("pump", "pipe"),
    "IfcFlowMovingDevice": Kind("mover", "pump", gives=("pipe", "duct"), rank=MOVES),
    # storage
    "IfcTank": Kind("storage", "tank", gives=("pipe",), rank=PASSES_ON),
    "IfcElectricFlowStorageDevice": Kind("storage", "battery", gives=("cable",), rank=PASSES_ON),
    "IfcFlowStorageDevice": Kind("storage", "tank", gives=("pipe", "cable"), rank=PASSES_ON),
    # boards
    "IfcElectricDistributionBoard": _board(), "IfcElectricDistributionPoint": _board(),
    "IfcDistributionBoard": Kind("board", "board", "cable", ("cable",), MOVES, closes=1),
    # closers
    "IfcValve": replace(_VALVE, carrier="pipe"), "IfcDamper": replace(_VALVE, symbol="damper", carrier="duct"),
    "IfcProtectiveDevice": replace(_VALVE, symbol="breaker", carrier="cable"),
    "IfcSwitchingDevice": replace(_VALVE, symbol="switch", carrier="cable"),
    "IfcElectricTimeControl": replace(_VALVE, symbol="switch", carrier="cable", closes=1),
    "IfcFlowController": _VALVE, "IfcAirTerminalBox": Kind("closer", "box", closes=1),
    # segments and fittings
    "IfcPipeSegment": replace(_SEGMENT, carrier="pipe"), "IfcDuctSegment": replace(_SEGMENT, carrier="duct"),
    "IfcCableSegment": replace(_SEGMENT, carrier="cable"), "IfcCableCarrierSegment": replace(_SEGMENT, carrier="cable"),
    "IfcConveyorSegment": _SEGMENT, "IfcFlowSegment": _SEGMENT,
    "IfcPipeFitting": replace(_FITTING, carrier="pipe"), "IfcDuctFitting": replace(_FITTING, carrier="duct"),
    "IfcCableFitting": replace(_FITTING, carrier="cable"), "IfcCableCarrierFitting": replace(_FITTING, carrier="cable"),
    "IfcJunctionBox": replace(_FITTING, carrier="cable"), "IfcFlowFitting": _FITTING,
    "IfcDuctSilencer": Kind("fitting", "silencer", "duct"), "IfcFilter": Kind("fitting", "filter"),
    "IfcFlowTreatmentDevice": Kind("fitting", "filter"), "IfcFlowMeter": Kind("fitting", "meter"),
    "IfcInterceptor": Kind("storage", "tank", gives=("pipe",), rank=PASSES_ON),
    "IfcDistributionChamberElement": Kind("fitting", "chamber"),
    # what is fed, and feeds in turn
    "IfcCoil": Kind("equipment", "coil"), "IfcCondenser": _EQUIPMENT, "IfcEvaporator": _EQUIPMENT,
    "IfcEvaporativeCooler": _EQUIPMENT, "IfcHumidifier": _EQUIPMENT, "IfcEngine": _EQUIPMENT, "IfcElectricMotor": _EQUIPMENT,
    "IfcMotorConnection": _EQUIPMENT, "IfcTubeBundle": _EQUIPMENT, "IfcEnergyConversionDevice": _EQUIPMENT,
    "IfcTransportElement": _EQUIPMENT, "IfcElectricFlowTreatmentDevice": _EQUIPMENT,
    # terminals
    "IfcAirTerminal": _terminal("diffuser", "duct"), "IfcSanitaryTerminal": _terminal("sanitary", "pipe"),
    "IfcWasteTerminal": _terminal("sanitary", "pipe"), "IfcStackTerminal": _terminal("sanitary", "pipe"),
    "IfcFireSuppressionTerminal": _terminal("sprinkler", "pipe"), "IfcLightFixture": _terminal("light", "cable"),
    "IfcLamp": _terminal("light", "cable"), "IfcOutlet": _terminal("outlet", "cable"),
    "IfcElectricAppliance": _terminal("appliance", "cable"), "IfcSpaceHeater": _terminal("radiator"),
    "IfcCooledBeam": _terminal("radiator"), "IfcCommunicationsAppliance": _terminal("appliance", "cable"),
    "IfcAudioVisualAppliance": _terminal("appliance", "cable"), "IfcMobileTelecommunicationsAppliance": _terminal("appliance", "cable"),
    "IfcMedicalDevice": _terminal("appliance"), "IfcFlowTerminal": _terminal("terminal"),
    "IfcLiquidTerminal": _terminal("terminal", "pipe"),
    "IfcElectricHeater": _terminal("radiator", "cable"), "IfcGasTerminal": _terminal("terminal", "pipe"),
    "IfcSignal": _terminal("light", "cable"),
    # control
    "IfcSensor": _CONTROL, "IfcActuator": _CONTROL, "IfcController": _CONTROL, "IfcAlarm": _CONTROL, "IfcFlowInstrument": _CONTROL,
    "IfcUnitaryControlElement": _CONTROL, "IfcProtectiveDeviceTrippingUnit": _CONTROL, "IfcDistributionControlElement": _CONTROL,
    # the classes above them
    "IfcDistributionElement": Kind("other", "equipment"), "IfcDistributionFlowElement": Kind("other", "equipment"),
    "IfcElectricalElement": Kind("other", "equipment", "cable"),
}  # fmt: skip
"""Classes of IFC2X3 to IFC4X3; a class of IFC2X3 that says little is told by the class of its type object."""

OTHER = Kind("other", "equipment")

_REFINED: dict[tuple[str, str], Kind] = {
    **{("IfcValve", name): replace(KINDS["IfcValve"], symbol="check", closes=0) for name in
       ("CHECK", "AIRRELEASE", "ANTIVACUUM", "PRESSURERELIEF", "STEAMTRAP", "COMMISSIONING")},
    **{("IfcValve", name): replace(KINDS["IfcValve"], symbol="control valve", closes=1) for name in
       ("REGULATING", "MIXING", "DIVERTING", "FLUSHING", "PRESSUREREDUCING", "CHANGEOVER", "DOUBLEREGULATING")},
    **{("IfcValve", name): _terminal("sanitary", "pipe") for name in ("FAUCET", "DRAWOFFCOCK")},
    **{("IfcDamper", name): replace(KINDS["IfcDamper"], closes=1) for name in
       ("BALANCINGDAMPER", "BACKDRAFTDAMPER", "BLASTDAMPER", "RELIEFDAMPER", "GRAVITYDAMPER", "GRAVITYRELIEFDAMPER")},
    ("IfcElectricDistributionBoard", "SWITCHBOARD"): _board("switchboard", PASSES_ON),
    ("IfcElectricDistributionBoard", "MOTORCONTROLCENTRE"): _board("switchboard", MOVES),
    ("IfcDistributionChamberElement", "MANHOLE"): Kind("fitting", "chamber", "pipe"),
    ("IfcUnitaryEquipment", "SPLITSYSTEM"): Kind("equipment", "ahu"),
    **{("IfcSwitchingDevice", name): replace(KINDS["IfcSwitchingDevice"], closes=1) for name in
       ("DIMMERSWITCH", "KEYPAD", "MOMENTARYSWITCH", "TOGGLESWITCH", "SELECTORSWITCH", "START_STOP")},
}  # fmt: skip
"""Where the predefined type tells more than the class."""

_WORDS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("IfcValve", re.compile(r"check|non.?return|r(ü|ue)ckschlag|r(ü|ue)ckfluss|止回|逆止", re.I), "CHECK"),
    ("IfcValve", re.compile(r"regel|regulat|control|throttl|misch|mixing|3.?w(ay|ege)|調節|调节|三通", re.I), "REGULATING"),
    ("IfcValve", re.compile(r"relief|safety|sicherheits|vent\b|entl(ü|ue)ft|洩壓|泄压|排氣|排气", re.I), "PRESSURERELIEF"),
    ("IfcElectricDistributionBoard", re.compile(r"switch.?board|\bmsb\b|總(電)?掣|主配电|main", re.I), "SWITCHBOARD"),
)
"""What a type in the user's own words means; the first that fits."""


@cache
def kind_of(ifc_class: str, predefined_type: str = "", type_class: str = "", words: str = "") -> Kind:
    """What an element does.

    Args:
        ifc_class: of the occurrence.
        predefined_type: of the occurrence or its type, or the type in the user's words.
        type_class: class of its type object, which tells more than a general class of IFC2X3; "" where there is none.
        words: names in which the element's type may be told, where the predefined type does not.
    """
    told = type_class.removesuffix("Type").removesuffix("Style")
    general = ifc_class not in KINDS or ifc_class.startswith(("IfcFlow", "IfcDistribution", "IfcEnergyConversion"))
    name = told if told in KINDS and general and ifc_class != "IfcFlowMeter" else ifc_class
    return _REFINED.get((name, predefined_type)) or _by_words(name, predefined_type, words) or KINDS.get(name, OTHER)


def is_distribution(ifc_class: str) -> bool:
    """Whether an element of this class is part of a network."""
    return ifc_class in KINDS and ifc_class != "IfcTransportElement"


def _by_words(name: str, predefined: str, words: str) -> Kind | None:
    if (stated := predefined.isupper() and predefined.isascii() and predefined not in ("NOTDEFINED", "USERDEFINED")):
        return None
    said = f"{words} {'' if stated else predefined}"
    return next((_REFINED[name, meant] for cls, pattern, meant in _WORDS if cls == name and pattern.search(said)), None)

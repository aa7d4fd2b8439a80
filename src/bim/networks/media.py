"""What runs in a port: the carrier, and where it matters the system type, so that media that do not mix stay apart."""

from __future__ import annotations

from collections.abc import Sequence

from bim.networks.kinds import Carrier, Kind

_CARRIERS: dict[str, Carrier] = {"PIPE": "pipe", "DUCT": "duct", "CABLE": "cable", "CABLECARRIER": "cable", "WIRELESS": "cable"}
_SIGNALS = frozenset(("AUDIOVISUAL", "COMMUNICATION", "CONTROL", "CONVEYING", "DATA", "ELECTROACOUSTIC", "FIXEDTRANSMISSIONNETWORK",
                      "MOBILENETWORK", "MONITORINGSYSTEM", "SECURITY", "SIGNAL", "TELEPHONE", "TV"))  # fmt: skip
_UNSAID = frozenset(("", "NOTDEFINED", "USERDEFINED"))
_OF_SYSTEMS: dict[str, Carrier] = {
    **dict.fromkeys(("AIRCONDITIONING", "EXHAUST", "VENTILATION", "VENT", "DUST"), "duct"),
    **dict.fromkeys(("CHEMICAL", "CHILLEDWATER", "COMPRESSEDAIR", "CONDENSERWATER", "COOLING", "DISPOSAL", "DOMESTICCOLDWATER",
                     "DOMESTICHOTWATER", "DRAINAGE", "FIREPROTECTION", "FUEL", "GAS", "HEATING", "MEDICALGAS", "OIL", "RAINWATER",
                     "REFRIGERATION", "SEWAGE", "STORMWATER", "VACUUM", "WASTEWATER", "WATERSUPPLY"), "pipe"),
    **dict.fromkeys(("ELECTRICAL", "LIGHTING", "LIGHTNINGPROTECTION", "EARTHING", "POWERGENERATION", *_SIGNALS), "cable"),
}  # fmt: skip
"""Predefined types of IfcDistributionSystem whose carrier is certain."""


def carrier_of(port_type: str | None, kind: Kind, system_type: str | None) -> Carrier:
    """Pipe, duct or cable, as the port states it, as its element is made, or as its system type says; "" where nothing tells."""
    return _CARRIERS.get(str(port_type or "").upper()) or kind.carrier or _OF_SYSTEMS.get(str(system_type or "").upper(), "")


def medium_of(carrier: Carrier, kind: Kind, system_type: str | None) -> str:
    """What the ends of one element must share to be one inside it.

    Everything of one carrier is one inside what only passes it on. Equipment keeps liquids and gases of different systems apart, such
    as the chilled water and the condenser water of a chiller. Power and signals never meet.
    """
    said = str(system_type or "").upper()
    if carrier == "cable":
        return "cable/signal" if said in _SIGNALS else "cable"
    if carrier == "pipe" and not kind.passes and said not in _UNSAID:
        return f"pipe/{said}"
    return carrier


def common(carriers: Sequence[str]) -> str:
    """The one that all known ones are; "" where they differ or none is known."""
    known = {one for one in carriers if one}
    return known.pop() if len(known) == 1 else ""

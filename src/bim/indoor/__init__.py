"""Indoor: rooms, doors and stairs as a graph to walk on."""

from bim.indoor.graph import Gate, IndoorGraph, Room, Stair, Travel, Ways
from bim.indoor.reading import Indoors, read_indoors

__all__ = ["Gate", "IndoorGraph", "Indoors", "Room", "Stair", "Travel", "Ways", "read_indoors"]

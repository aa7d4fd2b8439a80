"""Indoor: rooms, doors and stairs as a graph to walk on."""

from bim.indoor.exits import exits_of
from bim.indoor.graph import Edge, Gate, IndoorGraph, Mode, Room, Stair, Travel, Ways
from bim.indoor.network import MODES, Loss, Network, Passage, Space
from bim.indoor.networking import SITE_CRS, model_network, network_of
from bim.indoor.reading import Indoors, read_indoors

__all__ = ["MODES", "SITE_CRS", "Edge", "Gate", "IndoorGraph", "Indoors", "Loss", "Mode", "Network", "Passage", "Room", "Space", "Stair",
           "Travel", "Ways", "exits_of", "model_network", "network_of", "read_indoors"]

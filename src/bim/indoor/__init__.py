"""Indoor: rooms, doors and stairs as a graph to walk on."""

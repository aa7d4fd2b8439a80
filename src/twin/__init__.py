"""The 3D twin: frames, glTF, 3D Tiles, terrain."""

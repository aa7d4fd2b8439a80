"""The program of a meshing child, apart from its parent so that it starts without the parent's imports."""

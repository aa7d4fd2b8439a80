"""Direct tessellation: triangles computed from the attributes of a STEP text, without a geometry kernel."""

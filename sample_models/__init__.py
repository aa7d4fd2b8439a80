"""The sample site: generators of building models and GIS layers of an airport, deterministic, no outside data."""

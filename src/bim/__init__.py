"""Building models: IFC in, georeference, elements, shapes, findings."""

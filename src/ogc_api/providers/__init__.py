"""pygeoapi providers over our store."""

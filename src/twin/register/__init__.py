"""The register of assets: what a building or a site has to look after, how it came to be known, and all that changed."""

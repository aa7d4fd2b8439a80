"""Distribution networks of a site: kept in memory while nothing changes, asked by anybody who may read its models."""

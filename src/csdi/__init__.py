"""The ground: extents, CRS, collections, store, blobs, jobs, access."""

"""The front: OGC APIs, web UI hosting, command line."""

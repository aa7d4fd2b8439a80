"""OGC's own conformance suites (CITE), run against this server: `make cite`."""

"""Versions of a Model: what a file says, as digests that survive renumbering, and what changed since the version before."""

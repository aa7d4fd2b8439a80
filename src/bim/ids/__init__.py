"""IDS 1.0: reading, auditing and checking information delivery specifications."""

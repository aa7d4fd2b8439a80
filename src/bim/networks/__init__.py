"""Distribution networks: what leads to what, which way it flows, and what follows when something is closed."""

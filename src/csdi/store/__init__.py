"""Where Features are kept: one contract, three adapters, chosen by URL."""

"""Processes: calculations that anybody may ask for, as OGC API - Processes describes, runs and keeps them."""

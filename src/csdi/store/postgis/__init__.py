"""The scale-out store: PostgreSQL with PostGIS and cube, many machines beside one another."""

from csdi.store.postgis.store import PostgisStore

__all__ = ["PostgisStore"]

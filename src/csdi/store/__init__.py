"""Where Features are kept: one contract, three adapters, chosen by URL."""

from __future__ import annotations

from csdi.crs import HeightModel
from csdi.errors import SettingsInvalid
from csdi.store.base import Capabilities, Reader, Store, Transaction, scan

__all__ = ["Capabilities", "Reader", "Store", "Transaction", "open_store", "scan"]


def open_store(url: str, *, heights: HeightModel | None = None) -> Store:
    """The store behind a URL: `memory:`, `sqlite:///path/site.gpkg` or `postgresql://...`; made if it is not there yet.

    Args:
        url: which store.
        heights: how HKPD heights relate to ellipsoidal ones, for boxes with heights; the shipped model by default.

    Raises:
        StoreUnavailable: it cannot be reached or made.
        StoreIncompatible: it is there, but it is not a store of this version.
        SettingsInvalid: no store has such a URL.
    """
    scheme = url.partition(":")[0]
    if scheme == "memory":
        from csdi.store.memory import MemoryStore
        return MemoryStore(heights)
    if scheme == "sqlite":
        from csdi.store.sqlite import SqliteStore
        return SqliteStore(url, heights)
    if scheme in ("postgresql", "postgres"):
        from csdi.store.postgis import PostgisStore
        return PostgisStore(url, heights)
    raise SettingsInvalid(f"no store has a URL like '{url}'", field="CSDI_STORE", value=url,
                          remedy="write sqlite:///path/site.gpkg, postgresql://user@host/database or memory:")

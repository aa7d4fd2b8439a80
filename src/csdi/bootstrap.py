"""The wiring: settings in, opened services out. The only place that chooses adapters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self

from csdi.blobs import Blobs
from csdi.crs import HeightModel, self_test
from csdi.errors import StoreUnavailable
from csdi.settings import Settings
from csdi.store import open_store
from csdi.store.base import Store

if TYPE_CHECKING:
    from csdi.jobs import Jobs


@dataclass(frozen=True)
class Services:
    """What an installation consists of while it is open. Safe to share between threads.

    Attributes:
        heights: the model that takes HKPD heights to ellipsoidal ones.
    """

    settings: Settings
    store: Store
    blobs: Blobs
    heights: HeightModel

    @cached_property
    def jobs(self) -> Jobs:
        """The job queue; opened when first asked for, since most readers never do."""
        from csdi.jobs import Jobs
        return Jobs(self.settings.jobs_url)

    def close(self) -> None:
        """Free connections."""
        if "jobs" in self.__dict__:
            self.jobs.close()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def open_services(settings: Settings) -> Services:
    """Open everything that the settings name, after the CRS self-test.

    Raises:
        SelfTestFailed: transformations are not right on this machine; nothing is opened.
        StoreUnavailable, StoreIncompatible, SettingsInvalid: naming what cannot be opened and the remedy.
    """
    self_test()
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailable(f"the data folder {settings.home} cannot be made: {error.strerror}",
                               remedy="name another with CSDI_HOME", file=str(settings.home)) from error
    heights = HeightModel.parse(settings.height_model)
    return Services(settings, open_store(settings.store_url, heights=heights), Blobs(settings.blobs_url), heights)

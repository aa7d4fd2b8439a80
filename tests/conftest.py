"""Fixtures for every test."""

from hypothesis import settings

from tests.services import postgres_database, postgres_url

__all__ = ["postgres_database", "postgres_url"]

settings.register_profile("csdi", deadline=None)
settings.load_profile("csdi")

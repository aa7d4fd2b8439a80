"""Fixtures for every test."""

from tests.services import postgres_database, postgres_url

__all__ = ["postgres_database", "postgres_url"]

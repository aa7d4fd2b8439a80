"""Findings of building models: the one kind of Finding that the whole project has."""

from csdi.finding import Finding, Severity

__all__ = ["Finding", "Severity"]

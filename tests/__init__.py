"""Tests: unit, contract, corpus, conformance, clients, browser and faults."""

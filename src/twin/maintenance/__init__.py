"""Maintenance: faults, work orders, plans and inspections of Assets, and what they add up to."""

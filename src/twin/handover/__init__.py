"""Handing over: the register of assets as spreadsheets, COBie and IFC, and what comes back, looked at before it is taken."""

"""The normative rules of buildingSMART, in our own words and code."""

"""Wayfinding: routes through buildings and along the paths outside, by profile, with what is out of service left out."""

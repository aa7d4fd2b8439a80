"""Clashes: elements that fill the same space, come too near each other, or stand twice at one place."""

"""Boundary sets, lookups between them, population, and neighbourhoods with their teams."""

"""Disclosure control: the only door from the private side to the public one. Pure functions."""

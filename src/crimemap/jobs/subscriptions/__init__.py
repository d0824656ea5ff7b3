"""Telling teams that something changed in their area: what is noticed, and how it is delivered."""

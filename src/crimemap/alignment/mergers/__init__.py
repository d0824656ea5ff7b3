"""Merger planning: which groups of units fit other boundaries best, what they are, cost and need by law. Pure functions."""

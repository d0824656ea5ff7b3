"""The demonstration county: boundaries, people and incidents whose truth is known."""

from crimemap.simulate.run import simulate

__all__ = ["simulate"]

"""The demonstration county: boundaries, people and incidents whose truth is known."""

"""How well two boundary sets fit: pure functions."""

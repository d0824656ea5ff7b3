"""Commands that count, map hotspots and compare boundaries."""

import typer

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""

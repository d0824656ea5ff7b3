"""What every process gives back."""

from collections.abc import Callable
from typing import Any, Protocol

import geopandas as gpd
import pandas as pd

__all__ = ["Progress", "Result", "silent"]

#: Told what is being done and what share of the work is behind, 0 to 1.
Progress = Callable[[str, float], None]


def silent(_what: str, _done: float) -> None:
    """Show no progress."""


class Result(Protocol):
    """A result: for machines as JSON, for spreadsheets as a table, for maps as layers."""

    def to_json(self) -> dict[str, Any]:
        """Give what a program reads."""
        ...

    def table(self) -> pd.DataFrame:
        """Give one flat table without geometry."""
        ...

    def layers(self) -> dict[str, gpd.GeoDataFrame]:
        """Give map layers by name, EPSG:27700, the main one first."""
        ...

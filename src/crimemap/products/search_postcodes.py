"""
Postcodes of a release in one small file for each outward code: which page each leads to, and no position.

A file lists by sector the areas in it, each with the last two letters of its postcodes one after another.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from crimemap.products.search_index import AreaTable, SearchArea, text_of

__all__ = ["write_postcodes"]


def write_postcodes(postcodes: pd.DataFrame, areas: Mapping[int, SearchArea], folder: Path) -> list[str]:
    """
    Write the files `p-OUTWARD.json`.

    Parameters
    ----------
    postcodes
        `postcode` (as the Post Office writes it) and `area_id`.
    areas
        The areas that have pages, by `area_id`; postcodes of others are left out.

    Returns
    -------
    list[str]
        The outward codes.
    """
    kept = postcodes[postcodes["area_id"].isin(list(areas))]
    code = kept["postcode"].str
    frame = pd.DataFrame(
        {"outward": code.slice(0, -4), "sector": code.slice(-3, -2), "unit": code.slice(-2), "area_id": kept["area_id"]}
    )
    frame = frame.sort_values(["outward", "sector", "area_id", "unit"], ignore_index=True)
    units = frame.groupby(["outward", "sector", "area_id"], sort=False)["unit"].sum().reset_index()
    outward = units["outward"].to_numpy()
    starts = np.flatnonzero(np.r_[True, outward[1:] != outward[:-1]]) if len(units) else np.array([], dtype=np.int64)
    rows = list(zip(units["sector"], units["area_id"], units["unit"], strict=True))
    for start, end in zip(starts.tolist(), [*starts[1:].tolist(), len(rows)], strict=False):
        (folder / f"p-{outward[start]}.json").write_text(_text(rows[start:end], areas), encoding="utf-8")
    return [str(outward[start]) for start in starts.tolist()]


def _text(rows: Sequence[tuple[str, int, str]], areas: Mapping[int, SearchArea]) -> str:
    table = AreaTable()
    sectors: dict[str, list[tuple[int, str]]] = {}
    for sector, area_id, units in rows:
        sectors.setdefault(sector, []).append((table.number(areas[area_id]), units))
    return text_of({"areas": table.rows(), "sectors": sectors})

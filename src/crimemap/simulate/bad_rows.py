"""Rows that cannot be used, of each kind that the reader has to find. They come on top of the good ones."""

from typing import Final

from numpy.random import Generator

__all__ = ["KINDS", "spoil"]

#: Kind to the table and what is done to a copy of a good row.
KINDS: Final = (
    "month_13",
    "coordinate_not_finite",
    "coordinates_swapped",
    "outside_united_kingdom",
    "too_few_columns",
    "too_many_columns",
    "time_not_a_time",
)
_STREET_KINDS: Final = KINDS[:6]
_COLUMNS_IN_STREET: Final = 12
#: Files of an archive that get bad rows, counted from its first month.
_SPOILT: Final = {"street": (0, 3, 5), "outcomes": (3,), "stop-and-search": (3,)}
_EACH: Final = 2


def _swapped(cells: list[str]) -> list[str]:
    cells[4], cells[5] = cells[5], cells[4]
    return cells


def _street(kind: str, cells: list[str]) -> str:
    if kind == "month_13":
        cells[1] = f"{cells[1][:4]}-13"
    elif kind == "coordinate_not_finite":
        cells[4] = "inf"
    elif kind == "coordinates_swapped":
        cells = _swapped(cells)
    elif kind == "outside_united_kingdom":
        cells[4], cells[5] = "12.496366", "41.902782"
    elif kind == "too_few_columns":
        cells = cells[:7]
    else:
        cells = [*cells, "", ""]
    return ",".join(cells)


def spoil(table: str, good: list[str], number: int, rng: Generator) -> tuple[list[str], dict[str, int]]:
    """
    Put bad rows between the good ones of one file.

    Parameters
    ----------
    table
        `street`, `outcomes` or `stop-and-search`.
    number
        Which file of its archive it is, counted from its first month.

    Returns
    -------
    rows, counts
        All rows, and how many bad ones there are of each kind.
    """
    if number not in _SPOILT[table]:
        return good, {}
    models = [cells for cells in (row.split(",") for row in good if '"' not in row) if "" not in cells[4:6]]
    if not models:
        return good, {}
    bad: list[tuple[str, str]] = []
    for _ in range(_EACH):
        if table == "street":
            bad += [(kind, _street(kind, list(models[int(rng.integers(len(models)))]))) for kind in _STREET_KINDS]
        elif table == "outcomes":
            bad += [
                (kind, _street(kind, list(models[int(rng.integers(len(models)))])))
                for kind in ("month_13", "too_few_columns")
            ]
        else:
            cells = list(models[int(rng.integers(len(models)))])
            bad.append(("time_not_a_time", ",".join([cells[0], "yesterday", *cells[2:]])))
            bad.append(("too_few_columns", ",".join(cells[:6])))
    rows = list(good)
    for _, row in bad:
        rows.insert(int(rng.integers(len(rows) + 1)), row)
    counts: dict[str, int] = {}
    for kind, _ in bad:
        counts[kind] = counts.get(kind, 0) + 1
    return rows, counts

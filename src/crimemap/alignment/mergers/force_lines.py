"""Misfit that no merger within a force can mend: people of a unit's best match who live under another police force."""

from typing import Any

import numpy as np
import pandas as pd

from crimemap.alignment.mergers.planning import Planning

__all__ = ["beyond_force_line"]


def beyond_force_line(planning: Planning, unit: "pd.Series[Any]", best_match: "pd.Series[Any]") -> "pd.Series[float]":
    """
    Count the people of each unit's best match who live in a force that the unit has no part in.

    They are among those of `outside_group`. A search that keeps whole within a force can bring none of them in.

    Parameters
    ----------
    unit
        Unit of each brick, on the index of the planning's bricks.
    best_match
        Target of each unit, on its code; missing where it has none.

    Returns
    -------
    pandas.Series
        On the index of `best_match`; 0 where there is none. Not a number where the force of any brick of the unit, or of its
        best match, is not known.
    """
    bricks = planning.bricks
    sliver = bricks["sliver"].astype(bool) if "sliver" in bricks.columns else pd.Series(data=False, index=bricks.index)
    covered = (bricks["target"].notna() & ~sliver).to_numpy()
    of_target: dict[Any, dict[Any, float]] = {}
    forces: dict[Any, set[Any]] = {}
    columns = (bricks["target"], bricks["force"], bricks["population"], unit)
    for counts, target, force, people, code in zip(
        covered, *(column.to_numpy(dtype=object) for column in columns), strict=True
    ):
        force = None if pd.isna(force) else force  # noqa: PLW2901 - one word for not known
        forces.setdefault(code, set()).add(force)
        if counts:
            held = of_target.setdefault(target, {})
            held[force] = held.get(force, 0.0) + float(people)
    found = []
    for code, target in zip(best_match.index, best_match.to_numpy(dtype=object), strict=True):
        held, own = of_target.get(target, {}), forces.get(code, set())
        unknown = bool(held) and (None in own or None in held)
        found.append(np.nan if unknown else float(sum(n for force, n in held.items() if force not in own)))
    return pd.Series(found, index=best_match.index, dtype=np.float64)

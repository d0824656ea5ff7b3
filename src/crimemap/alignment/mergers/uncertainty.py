"""Sentences and figures about what is only estimated, and what is assumed."""

import math
from typing import Any

import pandas as pd

from crimemap.alignment.mergers.savings import Savings, SavingsModel
from crimemap.records import plain

__all__ = ["savings_document", "uncertainty"]


def uncertainty(bricks: pd.DataFrame) -> dict[str, Any]:
    """
    Say how many people are in bricks that a line cuts, and how many of these in the lesser parts of their bricks.

    Parameters
    ----------
    bricks
        Those of a planning that the figures are of.
    """
    cut_of = bricks["cut_population"].astype(float)
    cut, people = float(cut_of.sum()), float(bricks["population"].sum())
    share = cut / people if people else 0.0
    of_brick = cut_of.groupby(bricks["brick"])
    lesser = float((of_brick.sum() - of_brick.max()).sum())
    says = (
        f"{cut:,.0f} people ({100 * share:.2g} %) live in small areas that a line cuts and were divided by area, "
        f"{lesser:,.0f} of them into the lesser parts of their small areas; "
        "a number of people may be off by as much as its cut people."
        if cut
        else "No small area is cut by a line: no number of people is estimated."
    )
    return {"cut_population": cut, "cut_share": share, "lesser_parts": lesser, "says": says}


def savings_document(model: SavingsModel | None, found: Savings | None) -> dict[str, Any] | None:
    """Write savings as a range with what was assumed; None without assumptions."""
    if model is None or found is None:
        return None
    soonest, latest = found.pays_back_years
    years = model.assumptions.years
    return {
        "annual_low": found.annual.low,
        "annual_high": found.annual.high,
        "one_off_low": found.one_off.low,
        "one_off_high": found.one_off.high,
        "net_low": found.net_low,
        "net_high": found.net_high,
        "pays_back_years_soonest": soonest if math.isfinite(soonest) else None,
        "pays_back_years_latest": latest if math.isfinite(latest) else None,
        "assumptions": plain(model.parameters),
        "says": f"Over {years} years between {_pounds(found.net_low)} and {_pounds(found.net_high)}, if the assumptions of "
        f"{model.assumptions.source} hold.",
    }


def _pounds(value: float) -> str:
    return f"a cost of £{-value:,.0f}" if value < 0 else f"£{value:,.0f} saved"

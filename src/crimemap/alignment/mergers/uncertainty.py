"""Sentences and figures about what is only estimated, and what is assumed."""

import math
from typing import Any

import pandas as pd

from crimemap.alignment.mergers.savings import Savings, SavingsModel
from crimemap.language import gettext
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
        gettext(
            "{cut} people ({share} %) live in small areas that a line cuts and were divided by area, {lesser} of them into "
            "the lesser parts of their small areas; a number of people may be off by as much as its cut people."
        ).format(cut=f"{cut:,.0f}", share=f"{100 * share:.2g}", lesser=f"{lesser:,.0f}")
        if cut
        else gettext("No small area is cut by a line: no number of people is estimated.")
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
        "says": gettext("Over {years} years between {low} and {high}, if the assumptions of {source} hold.").format(
            years=years, low=_pounds(found.net_low), high=_pounds(found.net_high), source=model.assumptions.source
        ),
    }


def _pounds(value: float) -> str:
    if value < 0:
        return gettext("a cost of £{pounds}").format(pounds=f"{-value:,.0f}")
    return gettext("£{pounds} saved").format(pounds=f"{value:,.0f}")

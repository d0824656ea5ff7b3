"""A team's briefing as one page that carries everything it shows, for a screen and for paper."""

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from markupsafe import Markup

import crimemap
from crimemap.products import briefing_words as words
from crimemap.products.briefing_map import briefing_map
from crimemap.products.rendering import environment

__all__ = ["briefing_page", "briefing_policy"]


def briefing_page(said: Mapping[str, Any], *, outline: Any, made: datetime) -> str:
    """
    Write the page of a briefing.

    Parameters
    ----------
    said
        The briefing, as docs/team-api.md describes it.
    outline
        The area: a polygon or several, EPSG:27700 metres.
    made
        When.

    Returns
    -------
    str
        A whole HTML document, without a script, that loads nothing.
    """
    place, period = words.area_words(said), words.period_words(said["period"])
    given = {
        "said": said,
        "words": words,
        "place": place,
        "period": period,
        "title": f"Briefing for {place}, {words.last_day_words(said['period']['before'])}",
        "short": words.in_short(said),
        "map": briefing_map(said, outline, title=f"Map of {place} with what this briefing lists, in the same numbers."),
        "made": f"{words.day_words(made.isoformat(), hour=True)}",
        "style": _style(),
        "version": crimemap.__version__,
    }
    return environment().get_template("team_briefing.html").render(**given)


def briefing_policy() -> str:
    """Give the Content-Security-Policy of the page: nothing but its own style, and nobody may frame it."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@cache
def _style() -> Markup:
    text = (files("crimemap.products") / "templates" / "team_briefing.css").read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704 - our own file

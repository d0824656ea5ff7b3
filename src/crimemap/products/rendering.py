"""The template environment: GOV.UK Frontend's macros, our templates, and what they may call."""

from functools import cache
from typing import Any

import nh3
from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader
from markupsafe import Markup

from crimemap.language import gettext, ngettext, pgettext
from crimemap.offences import offence_name, outcome_name
from crimemap.periods import month_name
from crimemap.products.wording import number, offence_words, shown

__all__ = ["ALLOWED_TAGS", "breakable", "environment", "safe_html", "safe_link"]

#: What teams' own texts may hold.
ALLOWED_TAGS = frozenset({"p", "br", "a", "ul", "ol", "li", "strong", "em"})
_SCHEMES = frozenset({"http", "https", "mailto", "tel"})


def safe_html(text: str | None) -> Markup:
    """
    Make a text from a force fit for a page: a short list of tags, no attributes but a link's address.

    Examples
    --------
    >>> str(safe_html('<p onclick="x()">Speeding<script>alert(1)</script> on <b>Mill Lane</b></p>'))
    '<p>Speeding on Mill Lane</p>'
    """
    cleaned = nh3.clean(text or "", tags=set(ALLOWED_TAGS), attributes={"a": {"href"}}, url_schemes=set(_SCHEMES))
    return Markup(cleaned)  # noqa: S704 - that is what nh3 is for


def safe_link(address: str | None) -> str:
    """
    Give a link's address if it is one that a page may carry, else nothing.

    Examples
    --------
    >>> safe_link("https://www.example.org/"), safe_link("javascript:alert(1)")
    ('https://www.example.org/', '')
    """
    text = (address or "").strip()
    scheme = text.split(":", 1)[0].lower()
    return text if ":" in text and scheme in _SCHEMES and not any(c.isspace() for c in text) else ""


def breakable(name: str) -> Markup:
    """
    Let a line end after a stroke, so that long names fit a telephone.

    Examples
    --------
    >>> str(breakable("Conference/Exhibition <Centre>"))
    'Conference/<wbr>Exhibition &lt;Centre&gt;'
    """
    return Markup("/<wbr>").join(name.split("/"))


def _date(text: str | None) -> str:
    """Write the date of an ISO time."""
    if not text or len(text) < 10:  # noqa: PLR2004 - YYYY-MM-DD
        return ""
    return f"{int(text[8:10])} {month_name(text[:7])}"


@cache
def environment() -> Environment:
    """Make the environment; every value in a template is escaped unless it is marked safe."""
    env = Environment(
        loader=ChoiceLoader(
            [
                PackageLoader("crimemap.products", "templates"),
                PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
            ]
        ),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    # The extension adds this method; with the new style, values are named in the call and escaped.
    env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext, ngettext, newstyle=True, pgettext=pgettext
    )
    filters: dict[str, Any] = {
        "number": number,
        "month": month_name,
        "shown": shown,
        "offence": offence_name,
        "offence_words": offence_words,
        "outcome": outcome_name,
        "translated": gettext,
        "safe_html": safe_html,
        "safe_link": safe_link,
        "date": _date,
        "breakable": breakable,
    }
    env.filters.update(filters)
    return env

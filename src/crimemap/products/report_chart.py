"""The chart of months as reports on paper have it: presentation in attributes, and everything it says in its title."""

import re
from typing import Final

from markupsafe import Markup, escape

__all__ = ["printed_chart"]

_WIDE: Final = re.compile(r'<svg class="cm-chart__wide".*?</svg>', re.DOTALL)
_CLASSED: Final = re.compile(r'<(?P<tag>\w+)(?P<before>[^<>]*?)\sclass="(?P<classes>[^"]*)"(?P<after>[^<>]*)>')
_TITLE: Final = re.compile(r"<title[^>]*>(?P<title>.*?)</title>\s*<desc[^>]*>(?P<desc>.*?)</desc>", re.DOTALL)
_LABELLED: Final = re.compile(r'\saria-labelledby="[^"]*"')
_ATTRIBUTE: Final = re.compile(r'([\w-]+)="([^"]*)"')
_QUIET: Final = "#484949"
#: Class to what the site's style sheet says of it.
_LOOKS: Final = {
    "cm-chart__wide": 'font-family="sans-serif" width="680"',
    "cm-axis": 'stroke="#cecece" stroke-width="1"',
    "cm-base": 'stroke="#0b0c0c" stroke-width="1.5"',
    "cm-bar": 'fill="#1f6079"',
    "cm-bar--before": 'fill="#6798ac"',
    "cm-band": 'fill="#e3d9ea"',
    "cm-band-edge": 'stroke="#fff" stroke-width="5" fill="none"',
    "cm-band-end": 'stroke="#5f3d78" stroke-width="2" fill="none"',
    "cm-gap": 'stroke="#767676" stroke-width="1"',
    "cm-hatch": 'stroke="#767676" fill="#767676"',
    "cm-dots": 'stroke="#767676" fill="#767676"',
}


def printed_chart(chart: str) -> Markup:
    """
    Take the wide drawing out of a page's chart and make it stand alone.

    A PDF's picture has one alternative text, which is made from the drawing's title.

    Parameters
    ----------
    chart
        As `monthly_chart` draws it.

    Examples
    --------
    >>> drawn = '<svg class="cm-chart__wide" aria-labelledby="a b"><title id="a">Months</title><desc id="b">Two.</desc>'
    >>> str(printed_chart(drawn + '<rect class="cm-bar cm-bar--before" x="1"/></svg><svg class="cm-chart__narrow"></svg>'))
    '<svg font-family="sans-serif" width="680"><title>Months. Two.</title><rect fill="#6798ac" x="1"/></svg>'
    >>> printed_chart("")
    Markup('')
    """
    found = _WIDE.search(chart)
    if found is None:
        return Markup("")
    whole = _TITLE.sub(lambda said: f"<title>{said['title']}. {said['desc']}</title>", _LABELLED.sub("", found.group()))
    whole = _CLASSED.sub(_look, whole)
    return Markup(whole.replace("<text ", f'<text fill="{escape(_QUIET)}" '))  # noqa: S704 - drawn and escaped by us


def _look(found: re.Match[str]) -> str:
    """Give an element the attributes of its last class, which says more; as in a style sheet they win over its own."""
    look = _LOOKS.get(found["classes"].split()[-1], "")
    own = f"{found['before']}{found['after']}"
    for name, _ in _ATTRIBUTE.findall(look):
        own = re.sub(rf'\s{name}="[^"]*"', "", own)
    return f"<{found['tag']}{f' {look}' if look else ''}{own}>"

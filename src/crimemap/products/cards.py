"""The picture that other sites show beside a link: one for each kind of page, drawn when a release is built."""

from pathlib import Path
from typing import Any, Final

from crimemap.language import gettext, language, marked
from crimemap.products.context import site_name

__all__ = ["CARD_HEIGHT", "CARD_KINDS", "CARD_WIDTH", "card_kind", "card_words", "write_cards"]

CARD_WIDTH: Final = 1200
CARD_HEIGHT: Final = 630
_BRAND, _TINT, _BAR = "#17495a", "#aacfde", "#2f7791"
#: Heights of a row of bars that means nothing: the same on every card.
_BARS: Final = (5, 7, 6, 9, 8, 6, 7, 10, 9, 7, 8, 6, 5, 7, 9, 8, 10, 7, 6, 8, 9, 7, 6, 5)
_WORDS: Final = {
    "site": marked("What was recorded, whether it has changed, and who your policing team is"),
    "force": marked("A police force: figures, hotspots and areas"),
    "area": marked("An area: figures, changes and hotspots"),
    "neighbourhood": marked("A neighbourhood: figures, map, team and priorities"),
    "planner": marked("Merger planner: how partnerships fit"),
}
CARD_KINDS: Final = tuple(_WORDS)


def card_kind(folder: str) -> str:
    """
    Give the kind of card of a page.

    Examples
    --------
    >>> card_kind("forces/kent/neighbourhoods/A1"), card_kind("areas/csp/E1"), card_kind("")
    ('neighbourhood', 'area', 'site')
    """
    parts = folder.split("/")
    if parts[0] == "forces" and len(parts) > 1:
        return "neighbourhood" if len(parts) > 3 and parts[2] == "neighbourhoods" else "force"  # noqa: PLR2004
    return {"areas": "area", "planner": "planner"}.get(parts[0], "site")


def card_words(kind: str) -> str:
    """Give what a kind of card says, in English."""
    return _WORDS[kind]


def write_cards(folder: Path) -> None:
    """Draw the cards in the language that is spoken into `KIND-LANGUAGE.png`."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind in CARD_KINDS:
        _draw(folder / f"{kind}-{language()}.png", site_name(), gettext(card_words(kind)))


def _draw(path: Path, title: str, words: str) -> None:
    # Matplotlib takes half a second to load, and only a release that knows its address needs it.
    from textwrap import fill  # noqa: PLC0415

    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415
    from matplotlib.patches import Rectangle  # noqa: PLC0415

    figure = Figure(figsize=(CARD_WIDTH / 100, CARD_HEIGHT / 100), dpi=100, facecolor=_BRAND)
    FigureCanvasAgg(figure)
    for at, height in enumerate(_BARS):
        bar = Rectangle((0.06 + at * 0.0367, 0.12), 0.026, height * 0.022, transform=figure.transFigure, facecolor=_BAR)
        figure.add_artist(bar)
    figure.add_artist(Rectangle((0, 0), 1, 0.035, transform=figure.transFigure, facecolor=_TINT))
    style: dict[str, Any] = {"color": "white", "fontfamily": "DejaVu Sans", "verticalalignment": "top"}
    figure.text(0.06, 0.87, fill(title, 26), fontsize=50, fontweight="bold", linespacing=1.15, **style)
    figure.text(0.06, 0.62, fill(words, 46), fontsize=28, linespacing=1.3, **style)
    # No date and no version in the file: the same words give the same bytes.
    figure.savefig(path, format="png", dpi=100, facecolor=_BRAND, metadata={"Software": None})

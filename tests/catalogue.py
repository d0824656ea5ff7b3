"""
Every text that pages and their scripts say, read from the sources, and the catalogues that have them.

`python -m tests.catalogue` writes the catalogues anew: translations stay, texts that are gone are dropped, new ones stand
there without a translation.
"""

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from crimemap.forces import FORCES, WELSH_FORCES
from crimemap.language import ENGLISH, LANGUAGES
from crimemap.offences import OFFENCE_SLUGS, OUTCOME_CODES
from crimemap.products.downloads import DICTIONARY

ROOT = Path(__file__).parents[1]
_KEYWORDS = {"gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2), "marked": None}
_SAID = {"say": None, "sayMany": (1, 2)}


def _sources() -> Iterator[tuple[str, object, list[str], str | None]]:
    for folder, methods, keywords, options in (
        ("src/crimemap", [("**.py", "python")], _KEYWORDS, {}),
        ("src/crimemap/products/templates", [("**.html", "jinja2")], _KEYWORDS, {"**.html": {"newstyle_gettext": "true"}}),
        # The analysts' page speaks English.
        (
            "static/js",
            [("jobs/**.js", "ignore"), ("**.js", "javascript")],
            _SAID,
            {"**.js": {"parse_template_string": "true"}},
        ),
    ):
        for name, _, message, comments, context in extract_from_dir(
            ROOT / folder, method_map=methods, options_map=options, keywords=keywords, comment_tags=("Translators:",)
        ):
            yield f"{folder}/{name}", message, comments, context


def texts() -> Catalog:
    """Give every text that can be translated, with the files that say it."""
    found = Catalog(fuzzy=False)
    for file, message, comments, context in _sources():
        found.add(message, locations=[(file, None)], auto_comments=comments, context=context)
    tables = {
        "src/crimemap/offences.py": [*OFFENCE_SLUGS, *OUTCOME_CODES],
        "src/crimemap/forces.py": [FORCES[slug].name for slug in sorted(WELSH_FORCES)],
        "src/crimemap/products/downloads.py": [meaning for _, _, meaning in DICTIONARY],
    }
    for file, some in tables.items():
        for text in some:
            found.add(text, locations=[(file, None)])
    return found


def path_of(code: str) -> Path:
    return ROOT / "src" / "crimemap" / "locale" / code / "LC_MESSAGES" / "crimemap.po"


def written_anew(code: str) -> None:
    """Bring a catalogue up to the sources."""
    path, said = path_of(code), texts()
    with path.open("rb") as file:
        held = read_po(file)
    for message in said:
        if not message.id:
            continue
        own = held.get(message.id, message.context)
        if own is not None and isinstance(own.id, type(message.id)):
            message.string = own.string
    said.mime_headers = held.mime_headers  # which say how many plural forms there are
    made = BytesIO()
    write_po(made, said, width=125, sort_output=True, include_lineno=False, omit_header=True)
    header, _, _ = path.read_text("utf-8").partition("\n\n")
    path.write_text(f"{header}\n\n{made.getvalue().decode().strip()}\n", encoding="utf-8")


if __name__ == "__main__":
    for one in LANGUAGES:
        if one != ENGLISH:
            written_anew(one)
            with path_of(one).open("rb") as opened:
                left = [str(message.id) for message in read_po(opened) if message.id and not message.string]
            sys.stdout.write(f"{one}: {len(left)} without a translation\n")

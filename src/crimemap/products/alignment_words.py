"""
The sentences of a release's documents about alignment in every language but English, which the documents are in.

A document is kept once. Beside it, for each other language, are those of its fields that hold sentences; who answers in that
language puts them in their places.
"""

import gzip
import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

import duckdb

from crimemap.alignment.mergers.planning import Planning
from crimemap.alignment.mergers.uncertainty import uncertainty
from crimemap.language import ENGLISH, LANGUAGES, speaking
from crimemap.products.alignment_overlaps import Aligned, ladder_wording, pair_wording

__all__ = ["LADDER", "OVERVIEW", "PAIR", "PLANNING", "Row", "aligned_words", "planning_words", "read_words"]

#: The documents, as the table `alignment_words` names them.
OVERVIEW: Final = "overview"
LADDER: Final = "ladder"
PAIR: Final = "pair"
PLANNING: Final = "planning"

#: Document, its two sets (empty where it is not of two), language, and fields (gzip of JSON).
Row = tuple[str, str, str, str, bytes]


def aligned_words(aligned: Aligned) -> Iterator[Row]:
    """Give the sentences of the overview, of every pair and of the ladder."""
    for code in _others():
        with speaking(code):
            counts = aligned.counts
            yield _row(OVERVIEW, "", "", code, {"incidents": counts.to_json(), "missing": list(aligned.missing)})
            for (source, target), pair in aligned.pairs.items():
                yield _row(PAIR, source, target, code, pair_wording(pair, counts))
            if aligned.ladder is not None:
                yield _row(LADDER, "", "", code, ladder_wording(aligned.sets, aligned.pairs, aligned.ladder))


def planning_words(planning: Planning) -> Iterator[Row]:
    """Give the sentences of what is said of a planning."""
    for code in _others():
        with speaking(code):
            fields = {"uncertainty": uncertainty(planning.bricks), "notes": list(planning.notes)}
        yield _row(PLANNING, planning.unit_set, planning.target_set, code, fields)


def read_words(
    db: duckdb.DuckDBPyConnection, document: str, sets: Iterable[str] = ("", ""), *, language: str
) -> dict[str, Any]:
    """
    Read the fields of a document that hold sentences in a language; none where the release is older than that.

    Parameters
    ----------
    db
        An open release.
    document
        `OVERVIEW`, `LADDER`, `PAIR` or `PLANNING`.
    sets
        The two sets that it is of.
    """
    there = db.execute("SELECT count(*) FROM information_schema.tables WHERE table_name = 'alignment_words'").fetchone()
    if there is None or not there[0]:
        return {}
    row = db.execute(
        "SELECT fields FROM alignment_words WHERE document = ? AND source = ? AND target = ? AND language = ?",
        [document, *sets, language],
    ).fetchone()
    fields: dict[str, Any] = {} if row is None else json.loads(gzip.decompress(row[0]))
    return fields


def _others() -> list[str]:
    return [code for code in LANGUAGES if code != ENGLISH]


def _row(document: str, source: str, target: str, code: str, fields: dict[str, Any]) -> Row:
    text = json.dumps(fields, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return document, source, target, code, gzip.compress(text.encode(), mtime=0)

"""Numbers with their nouns, one or many."""

__all__ = ["counted", "one_or_many"]


def one_or_many(number: int, one: str, many: str) -> str:
    """Give the form of a word that suits a number."""
    return one if number == 1 else many


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """
    Write a number and what is counted.

    Examples
    --------
    >>> counted(1, "cell"), counted(0, "cell"), counted(1200, "hexagon")
    ('1 cell', '0 cells', '1,200 hexagons')
    """
    return f"{number:,} {one_or_many(number, noun, plural or f'{noun}s')}"

"""Recognising which columns of a file hold codes and names."""

import re
from collections.abc import Iterable, Sequence

from crimemap.areas.catalogue import AreaType
from crimemap.errors import ParameterError

__all__ = ["choose_columns", "require_column"]


def choose_columns(
    fields: Sequence[str],
    kind: AreaType,
    vintage: str,
    *,
    code: str | None,
    name: str | None,
    where: str,
    option: str = "--code",
) -> tuple[str, str | None]:
    """
    Choose the columns of codes and of names.

    Parameters
    ----------
    fields
        The file's columns.
    kind, vintage
        What the file holds: the catalogue knows the usual columns.
    code, name
        The columns, where the user names them.
    where
        The file, for messages.
    option
        The option that names the column of codes, for messages.

    Returns
    -------
    The column of codes, and that of names or None where there is none.

    Raises
    ------
    ParameterError
        If a named column is not there, or the column of codes is not recognised.

    Examples
    --------
    >>> from crimemap.areas.catalogue import area_type
    >>> choose_columns(["CSP17CD", "CSP17NM", "PFA17CD"], area_type("csp"), "2017", code=None, name=None, where="")
    ('CSP17CD', 'CSP17NM')
    """
    found = require_column(fields, code, option=option, where=where) if code else None
    found = found or _recognise(fields, kind.code_columns, vintage)
    if found is None:
        raise ParameterError(
            f"no column looks like codes of {kind.plural.lower()}",
            where=where,
            fix=f"Name it with {option}. The columns are {_listed(fields)}.",
        )
    named = require_column(fields, name, option="--name", where=where) if name else None
    return found, named or _recognise(fields, kind.name_columns, vintage, apart_from=found)


def require_column(fields: Sequence[str], column: str, *, option: str, where: str) -> str:
    """
    Find a column by its name, whatever the case of its letters where that is enough.

    Raises
    ------
    ParameterError
        If it is not there.
    """
    if column in fields:
        return column
    alike = [field for field in fields if field.lower() == column.lower()]
    if len(alike) == 1:
        return alike[0]
    raise ParameterError(
        f"there is no column {column[:60]!r}", where=f"{where} ({option})", fix=f"The columns are {_listed(fields)}."
    )


def _recognise(fields: Sequence[str], patterns: Iterable[str], vintage: str, apart_from: str | None = None) -> str | None:
    candidates = [field for field in fields if field != apart_from]
    for years in (vintage[2:4], r"\d\d"):
        for pattern in patterns:
            whole = re.compile(pattern.replace("{yy}", years), re.IGNORECASE)
            for field in candidates:
                if whole.fullmatch(field):
                    return field
    return None


def _listed(fields: Sequence[str]) -> str:
    shown = ", ".join(field[:40] for field in fields[:30])
    return shown + (f" and {len(fields) - 30} more" if len(fields) > 30 else "") if fields else "none"  # noqa: PLR2004

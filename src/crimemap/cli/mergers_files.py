"""Files and options of the commands that plan mergers, read and written."""

import csv
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from crimemap.errors import InputError, NotFoundError, ParameterError, UnreadableFileError

__all__ = ["options_from", "pairs_from", "read_numbers", "read_savings", "read_scenario", "require_folder", "write_scenario"]

#: Bytes; a proposal for every brick of the country, or figures of every district, are well below.
_LARGEST: Final = 8_000_000
_COLUMNS: Final = ("officers", "cost")


def _text(path: Path) -> str:
    if not path.is_file():
        raise NotFoundError("there is no such file", where=str(path), fix="Check the path.")
    if path.stat().st_size > _LARGEST:
        raise UnreadableFileError(f"{path.stat().st_size:,} bytes are too many", where=str(path), fix="Give a smaller file.")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableFileError("this is not UTF-8 text", where=str(path), fix="Save it as UTF-8.") from None


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError as error:
        raise UnreadableFileError(f"this is not TOML: {error}", where=str(path), fix="Correct the line named.") from None


def read_scenario(path: Path) -> dict[str, Any]:
    """Read a proposal; whether it can be, the process says."""
    return _toml(path)


def read_savings(path: Path) -> dict[str, Any]:
    """Read assumptions, which may stand under [savings] or by themselves."""
    given = _toml(path)
    inner = given.get("savings")
    return inner if isinstance(inner, dict) else given


def read_numbers(path: Path) -> dict[str, dict[str, float]]:
    """
    Read officers and cost of units from a CSV file.

    Raises
    ------
    InputError
        If a column is missing, a unit comes twice or a cell is not a number.
    """
    rows = csv.DictReader(_text(path).splitlines())
    names = [name.strip() for name in rows.fieldnames or []]
    known = [name for name in _COLUMNS if name in names]
    if "area_code" not in names or not known:
        raise InputError(
            "no column area_code with officers or cost", where=str(path), fix="Name the columns area_code, officers, cost."
        )
    found: dict[str, dict[str, float]] = {}
    for line, row in enumerate(rows, start=2):
        cells = {str(key).strip(): (value or "").strip() for key, value in row.items() if isinstance(value, str)}
        code = cells.get("area_code", "")
        if not code or code in found:
            said = "an area comes twice" if code else "an area has no code"
            raise InputError(said, where=f"{path}, line {line}", fix="Give each area one line with its code.")
        try:
            found[code] = {name: float(cells[name].replace(",", "")) for name in known if cells.get(name)}
        except ValueError:
            raise InputError(
                "a cell is not a number", where=f"{path}, line {line}", fix="Write plain numbers; leave unknown ones empty."
            ) from None
    return found


def pairs_from(given: list[str] | None, option: str) -> list[list[str]]:
    """
    Read pairs of codes that are written A,B.

    Raises
    ------
    ParameterError
        If one is not a pair.

    Examples
    --------
    >>> pairs_from(["E22000001,E22000002"], "--must-join")
    [['E22000001', 'E22000002']]
    """
    pairs = []
    for text in given or []:
        codes = [code.strip() for code in text.split(",")]
        if len(codes) != 2 or not all(codes):  # noqa: PLR2004 - a pair
            raise ParameterError("this is not a pair of codes", where=f"{option} {text[:60]}", fix="Write it as A,B.")
        pairs.append(codes)
    return pairs


def options_from(**given: Any) -> dict[str, Any]:
    """Leave out what was not asked, also within."""
    made = {}
    for name, value in given.items():
        kept = {key: one for key, one in value.items() if one is not None} if name == "spread" else value
        if kept not in (None, {}, []):
            made[name] = kept
    return made


def require_folder(path: Path) -> None:
    """
    Refuse a file that cannot be written, before any work is done.

    Raises
    ------
    ParameterError
        If its folder is not there.
    """
    if not path.parent.is_dir():
        raise ParameterError("there is no such folder", where=str(path.parent), fix="Make it first, or name another.")


def write_scenario(scenario: Mapping[str, Any], path: Path, *, says: str) -> None:
    """Write mergers as a proposal in TOML."""
    lines = [f"# {says}", f"name = {_quoted(scenario['name'] or 'Best found')}"]
    for merge in scenario["merge"]:
        units = ", ".join(_quoted(code) for code in merge["units"])
        lines += [
            "",
            "[[merge]]",
            f"units = [{units}]",
            f"code = {_quoted(merge['code'])}",
            f"name = {_quoted(merge['name'])}",
        ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _quoted(text: str) -> str:
    """Write a TOML string: JSON's escapes are TOML's, but for the delete character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

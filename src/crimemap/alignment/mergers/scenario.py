"""A proposal by hand: merge these, split that, move these bricks; checked, and applied to a table of bricks."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from crimemap.alignment.mergers.reach import REACHES
from crimemap.errors import InputError, NotFoundError, UnreadableFileError

__all__ = ["Merge", "Move", "Piece", "Scenario", "Split", "apply_scenario", "parse", "parse_toml"]

#: Characters; a scenario for every brick of the country is well below.
LONGEST: Final = 4_000_000


@dataclass(frozen=True, slots=True)
class Merge:
    """Units that become one, under a new code."""

    units: tuple[str, ...]
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a unit that is split: the bricks (or districts) that belong to it."""

    code: str
    name: str
    bricks: tuple[str, ...] = ()
    districts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Split:
    """A unit that is divided; bricks that no piece names stay with it."""

    unit: str
    into: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """Bricks that go to another unit."""

    bricks: tuple[str, ...]
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Splits come first, then moves, then mergers; later steps may name what earlier ones made."""

    name: str = ""
    splits: tuple[Split, ...] = ()
    moves: tuple[Move, ...] = ()
    merges: tuple[Merge, ...] = ()


def parse_toml(text: str) -> Scenario:
    r"""
    Read a scenario from TOML.

    Raises
    ------
    UnreadableFileError
        If the text is not TOML, or too long to be a scenario.
    InputError
        If it says something that a scenario cannot say.

    Examples
    --------
    >>> parse_toml('[[merge]]\nunits = ["E22000001", "E22000002"]\nname = "North"').merges
    (Merge(units=('E22000001', 'E22000002'), code='E22000001+E22000002', name='North'),)
    """
    if len(text) > LONGEST:
        raise UnreadableFileError(f"{len(text):,} characters are too many", where="scenario", fix="Give a scenario file.")
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UnreadableFileError(f"this is not TOML: {error}", where="scenario", fix="Correct the line named.") from None
    return parse(given)


def parse(given: Mapping[str, Any], *, may_be_empty: bool = False) -> Scenario:
    """
    Read a scenario from nested mappings and lists, as TOML and JSON give them.

    Keys: `name`; `merge`, a list of {units, name, code}; `split`, a list of {unit, into}, where `into` is a list of
    {code, name, bricks, districts}; `move`, a list of {bricks, to}.

    Parameters
    ----------
    may_be_empty
        Whether nothing may be changed, as where a planner begins.

    Raises
    ------
    InputError
        If a key is unknown, something is missing or of the wrong kind, or a unit or brick is named twice.
    """
    if not isinstance(given, Mapping):
        raise InputError("this is not a set of steps", where="scenario", fix="Give merge, split or move.")
    _only(given, {"name", "merge", "split", "move"}, where="scenario")
    merges = tuple(_merge(step, f"merge {k}") for k, step in _steps(given, "merge"))
    splits = tuple(_split(step, f"split {k}") for k, step in _steps(given, "split"))
    moves = tuple(
        Move(_codes(step, "bricks", where), _text(step, "to", where))
        for where, step in (
            (f"move {k}", _only(step, {"bricks", "to"}, where=f"move {k}")) for k, step in _steps(given, "move")
        )
    )
    _once([unit for merge in merges for unit in merge.units], "merge", "unit")
    _once([split.unit for split in splits], "split", "unit")
    _once([brick for move in moves for brick in move.bricks], "move", "brick")
    _once([merge.code for merge in merges] + [piece.code for split in splits for piece in split.into], "code", "new code")
    if not (merges or splits or moves or may_be_empty):
        raise InputError("nothing is merged, split or moved", where="scenario", fix="Write at least one step.")
    name = given.get("name", "")
    return Scenario(name=name if isinstance(name, str) else "", splits=splits, moves=moves, merges=merges)


def _steps(given: Mapping[str, Any], key: str) -> list[tuple[int, Mapping[str, Any]]]:
    steps = given.get(key, [])
    if not isinstance(steps, list) or not all(isinstance(step, Mapping) for step in steps):
        raise InputError("this is not a list of steps", where=key, fix=f"Write each step under [[{key}]].")
    return list(enumerate(steps, start=1))


def _only(step: Mapping[str, Any], known: set[str], *, where: str) -> Mapping[str, Any]:
    unknown = sorted(set(step) - known)
    if unknown:
        raise InputError(f"no such key: {unknown[0]!r}", where=where, fix=f"Use {', '.join(sorted(known))}.")
    return step


def _codes(step: Mapping[str, Any], key: str, where: str, *, least: int = 1) -> tuple[str, ...]:
    codes = step.get(key, [])
    if not isinstance(codes, list) or not all(isinstance(code, str) and code for code in codes) or len(codes) < least:
        raise InputError(
            f"{key} is not a list of {'codes' if least < 2 else f'{least} or more codes'}",  # noqa: PLR2004 - one or more
            where=where,
            fix=f'Write {key} = ["...", "..."].',
        )
    _once(codes, where, key.rstrip("s"))
    return tuple(codes)


def _text(step: Mapping[str, Any], key: str, where: str, otherwise: str | None = None) -> str:
    value = step.get(key, otherwise)
    if not isinstance(value, str) or not value:
        raise InputError(f"{key} is missing or not text", where=where, fix=f'Write {key} = "...".')
    return value


def _once(codes: Sequence[str], where: str, kind: str) -> None:
    seen: set[str] = set()
    for code in codes:
        if code in seen:
            raise InputError(f"{kind} {code} is named twice", where=where, fix="Name it once.")
        seen.add(code)


def _merge(step: Mapping[str, Any], where: str) -> Merge:
    _only(step, {"units", "code", "name"}, where=where)
    units = _codes(step, "units", where, least=2)
    code = _text(step, "code", where, "+".join(units))
    return Merge(units, code, _text(step, "name", where, code))


def _split(step: Mapping[str, Any], where: str) -> Split:
    _only(step, {"unit", "into"}, where=where)
    pieces = step.get("into")
    if not isinstance(pieces, list) or not pieces or not all(isinstance(piece, Mapping) for piece in pieces):
        raise InputError("into is not a list of pieces", where=where, fix='Write into = [{code = "...", bricks = ["..."]}].')
    unit = _text(step, "unit", where)
    into = []
    for k, piece in enumerate(pieces, start=1):
        here = f"{where}, piece {k}"
        _only(piece, {"code", "name", "bricks", "districts"}, where=here)
        code = _text(piece, "code", here, f"{unit}/{k}")
        bricks = _codes(piece, "bricks", here, least=0)
        districts = _codes(piece, "districts", here, least=0)
        if not bricks and not districts:
            raise InputError("a piece of nothing", where=here, fix="Name its bricks or its districts.")
        into.append(Piece(code, _text(piece, "name", here, code), bricks, districts))
    _once([brick for piece in into for brick in piece.bricks], where, "brick")
    _once([district for piece in into for district in piece.districts], where, "district")
    return Split(unit, tuple(into))


def apply_scenario(scenario: Scenario, bricks: pd.DataFrame) -> "pd.Series[Any]":
    """
    Give each brick's unit after a scenario.

    Parameters
    ----------
    bricks
        `unit`; `brick`, the code (the index where there is no such column), which comes once for each piece where lines cut
        a brick; `area_m2` or `population`, to tell pieces from strips; and `district` where pieces of units are named by
        district.

    Returns
    -------
    Series
        On the index of `bricks`: code of the unit, new codes for what was merged or split off. A brick that moves goes
        whole, but for what a drawn line leaves of it in another unit; of one that is split off, only what is in the unit
        that is split.

    Raises
    ------
    NotFoundError
        If a unit, brick or district is unknown.
    InputError
        If a piece lies outside its unit, or a new code is in use.
    """
    unit = bricks["unit"].astype(object).copy()
    code = bricks["brick"] if "brick" in bricks.columns else bricks.index.to_series()
    new = [piece.code for split in scenario.splits for piece in split.into]
    merged = {unit for merge in scenario.merges for unit in merge.units}
    used = set(unit.unique())
    taken = [name for name in new if name in used] + [m.code for m in scenario.merges if m.code in used - merged]
    if taken:
        raise InputError(f"the new code {taken[0]} is that of a unit", where="code", fix="Choose another.")
    for k, split in enumerate(scenario.splits, start=1):
        where = f"split {k}"
        _known([split.unit], set(unit.unique()), "unit", where)
        own = (unit == split.unit).to_numpy()
        for piece in split.into:
            chosen = _chosen(piece, bricks, code, own, where=where, unit=split.unit)
            unit[chosen] = piece.code
            own = own & ~chosen
    for k, move in enumerate(scenario.moves, start=1):
        _known(move.bricks, set(code), "brick", f"move {k}")
        _known([move.to], set(unit.unique()), "unit", f"move {k}")
        unit[_moving(move, bricks, code, unit)] = move.to
    for k, merge in enumerate(scenario.merges, start=1):
        _known(merge.units, set(unit.unique()), "unit", f"merge {k}")
        unit[unit.isin(list(merge.units))] = merge.code
    return unit.rename("unit")


def _moving(move: Move, bricks: pd.DataFrame, code: "pd.Series[Any]", unit: "pd.Series[Any]") -> NDArray[np.bool_]:
    """Find the pieces that move: a strip of a brick in another unit is drawing, and its unit is not taken apart for it."""
    named = np.array(code.isin(list(move.bricks)), dtype=np.bool_)
    measure = next((name for name in ("area_m2", "population") if name in bricks.columns), None)
    if measure is None:
        return named
    size = bricks.loc[named, measure].astype(float)
    mine = [code[named].to_numpy(), unit[named].to_numpy()]
    share = size.groupby(mine).transform("sum") / size.groupby(mine[0]).transform("sum")
    named[named] = ~(share < REACHES).to_numpy()
    return named


def _known(codes: Sequence[str], known: set[Any], kind: str, where: str) -> None:
    unknown = [code for code in codes if code not in known]
    if unknown:
        raise NotFoundError(
            f"no {kind} {unknown[0]!r}" + (f", nor {len(unknown) - 1} more" if len(unknown) > 1 else ""),
            where=where,
            fix=f"Give the code of a {kind} as it is when the step is taken.",
        )


def _chosen(
    piece: Piece, bricks: pd.DataFrame, code: "pd.Series[Any]", own: NDArray[np.bool_], *, where: str, unit: str
) -> NDArray[np.bool_]:
    """Find what of a unit a piece takes; a district may reach beyond the unit, as may a brick that its line cuts."""
    _known(piece.bricks, set(code), "brick", where)
    chosen = code.isin(list(piece.bricks)).to_numpy() & own
    outside = set(piece.bricks) - set(code[chosen])
    if outside:
        raise InputError(
            f"{len(outside)} bricks of {piece.code} are not in {unit}, or in two pieces",
            where=where,
            fix="Name bricks of that unit, each in one piece.",
        )
    if piece.districts:
        if "district" not in bricks.columns or bricks["district"].isna().all():
            raise InputError(
                "the bricks have no districts", where=where, fix="Name bricks, or give each brick its district."
            )
        _known(piece.districts, set(bricks["district"]), "district", where)
        for district in piece.districts:
            inside = (bricks["district"] == district).to_numpy() & own
            if not inside.any():
                raise InputError(
                    f"nothing of {district} is in {unit}, or it is in two pieces",
                    where=where,
                    fix="Name districts of that unit, each in one piece.",
                )
            chosen = chosen | inside
    return np.asarray(chosen, dtype=np.bool_)

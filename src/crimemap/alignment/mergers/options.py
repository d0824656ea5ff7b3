"""What may be asked of a score and of a search, read from plain dictionaries as JSON, TOML and commands give them."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final, Literal, Self, cast

from crimemap.alignment.classes import ClassRule
from crimemap.alignment.mergers.limits import Limits
from crimemap.alignment.mergers.misfit import Objective
from crimemap.alignment.mergers.savings import Assumptions, Range
from crimemap.alignment.mergers.spread import SpreadLimits
from crimemap.checks import require_positive
from crimemap.errors import ParameterError

__all__ = ["Numbers", "ScoreOptions", "SearchOptions"]

Pair = tuple[str, str]

_MOST_PAIRS: Final = 10_000
_RANGES: Final = ("running_cost", "share_saved", "transition", "disaggregation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What a planner knows of one unit: officers, and pounds a year that its partnership costs."""

    officers: float | None = None
    cost: float | None = None

    def __post_init__(self) -> None:
        """Refuse what is not a number of something."""
        for name, value in asdict(self).items():
            if value is not None and not 0 <= value < math.inf:
                raise ParameterError(f"{value} is negative or not finite", where=f"numbers.{name}", fix="Give 0 or more.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreOptions:
    """
    What may be asked of a score.

    Attributes
    ----------
    tolerance
        Share of people that may live outside while a group still counts as coterminous in the objective `not_coterminous`.
    classes
        Thresholds of the classes.
    savings
        What is assumed; None for no savings.
    spread
        Limits for local focus.
    numbers
        Officers and cost of units, where the planner has them.
    """

    tolerance: float = Objective().tolerance
    classes: ClassRule = field(default_factory=ClassRule)
    savings: Assumptions | None = None
    spread: SpreadLimits = field(default_factory=SpreadLimits)
    numbers: Mapping[str, Numbers] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a tolerance that is none."""
        Objective(tolerance=self.tolerance)

    @classmethod
    def from_mapping(cls, given: Mapping[str, Any]) -> Self:
        """
        Read options.

        Raises
        ------
        ParameterError
            If a key is unknown, or a value is of the wrong kind or out of its range.

        Examples
        --------
        >>> ScoreOptions.from_mapping({"spread": {"distance_km": 30}}).spread.distance_km
        30.0
        >>> ScoreOptions.from_mapping({"spred": {}})
        Traceback (most recent call last):
        ...
        crimemap.errors.ParameterError: options: there is no option 'spred'. Take: tolerance, ..., numbers.
        """
        _refuse_unknown(given, [f.name for f in fields(cls)], where="options")
        return cls(**_shared(given))

    @property
    def parameters(self) -> dict[str, Any]:
        """What was asked."""
        made = asdict(self)
        made["numbers"] = len(self.numbers)
        return made


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOptions(ScoreOptions):
    """
    What may be asked of a search, besides what may be asked of a score.

    Attributes
    ----------
    forces
        Codes of the forces whose units are searched; empty for all.
    objective, accept_nesting
        What is made small: see `Objective`.
    within_force, keep_counties
        Borders that no group may cross.
    links
        Pairs of units to take as neighbours, as by a bridge.
    front
        Whether to find the best for every number of partnerships too.
    time_limit_s
        Seconds; None for as long as it needs.
    """

    forces: tuple[str, ...] = ()
    objective: Literal["misfit", "not_coterminous"] = "misfit"
    accept_nesting: bool = False
    min_population: float | None = None
    max_population: float | None = None
    max_members: int | None = None
    max_changes: int | None = None
    must_join: tuple[Pair, ...] = ()
    must_not_join: tuple[Pair, ...] = ()
    within_force: bool = True
    keep_counties: bool = False
    links: tuple[Pair, ...] = ()
    front: bool = False
    time_limit_s: float | None = None

    def __post_init__(self) -> None:
        """Refuse limits that contradict one another."""
        self.goal, self.limits  # noqa: B018 - both check what they are made of
        if self.time_limit_s is not None:
            require_positive(self.time_limit_s, name="time_limit_s", unit="seconds")

    @classmethod
    def from_mapping(cls, given: Mapping[str, Any]) -> Self:
        """
        Read options.

        Raises
        ------
        ParameterError
            If a key is unknown, or a value is of the wrong kind or out of its range, or two contradict each other.
        """
        _refuse_unknown(given, [f.name for f in fields(cls)], where="options")
        made = _shared(given)
        for name in ("min_population", "max_population", "time_limit_s"):
            made[name] = _number(given.get(name), name)
        for name in ("max_members", "max_changes"):
            made[name] = _whole(given.get(name), name)
        for name in ("must_join", "must_not_join", "links"):
            made[name] = _pairs(given.get(name), name)
        for name, otherwise in (
            ("accept_nesting", False),
            ("within_force", True),
            ("keep_counties", False),
            ("front", False),
        ):
            value = given.get(name, otherwise)
            if not isinstance(value, bool):
                raise ParameterError("this is neither true nor false", where=name, fix="Say true or false.")
            made[name] = value
        forces = given.get("forces") or ()
        if isinstance(forces, str) or not isinstance(forces, Iterable) or not all(isinstance(code, str) for code in forces):
            raise ParameterError("this is not a list of codes", where="forces", fix='Write ["E23000023"].')
        objective = given.get("objective", "misfit")
        return cls(**made, forces=tuple(dict.fromkeys(forces)), objective=cast("Any", objective))

    @property
    def goal(self) -> Objective:
        """The objective."""
        return Objective(kind=self.objective, accept_nesting=self.accept_nesting, tolerance=self.tolerance)

    @property
    def limits(self) -> Limits:
        """The limits on groups."""
        return Limits(
            min_population=self.min_population,
            max_population=self.max_population,
            max_members=self.max_members,
            must_join=self.must_join,
            must_not_join=self.must_not_join,
            max_changes=self.max_changes,
        )


def _refuse_unknown(given: Mapping[str, Any], known: list[str], *, where: str) -> None:
    if not isinstance(given, Mapping):
        raise ParameterError("this is not a set of options", where=where, fix="Give names and values.")
    unknown = [str(name) for name in given if name not in known]
    if unknown:
        raise ParameterError(f"there is no option {unknown[0][:40]!r}", where=where, fix=f"Take: {', '.join(known)}.")


def _shared(given: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if given.get("tolerance") is not None:
        made["tolerance"] = _number(given["tolerance"], "tolerance")
    for name, kind in (("classes", ClassRule), ("spread", SpreadLimits)):
        inner = given.get(name)
        if inner is not None:
            names = [f.name for f in fields(kind)]
            _refuse_unknown(inner, names, where=name)
            values = {key: _number(value, f"{name}.{key}") for key, value in inner.items()}
            made[name] = kind(**cast("Any", {key: value for key, value in values.items() if value is not None}))
    if given.get("savings") is not None:
        made["savings"] = _assumptions(given["savings"])
    if given.get("numbers") is not None:
        made["numbers"] = _numbers(given["numbers"])
    return made


def _assumptions(given: Mapping[str, Any]) -> Assumptions:
    names = [f.name for f in fields(Assumptions)]
    _refuse_unknown(given, names, where="savings")
    missing = [name for name in names if name not in given]
    if missing:
        raise ParameterError(
            f"nothing is assumed for {', '.join(missing)}", where="savings", fix="State every assumption; 0 to 0 is one."
        )
    ranges = {name: _range(given[name], f"savings.{name}") for name in _RANGES}
    years = _whole(given["years"], "savings.years")
    if years is None or not isinstance(given["source"], str):
        raise ParameterError("years or source is missing", where="savings", fix="Say over how many years, and who says so.")
    return Assumptions(**ranges, years=years, source=given["source"])


def _range(given: Any, where: str) -> Range:
    if isinstance(given, Mapping):
        _refuse_unknown(given, ["low", "high"], where=where)
        given = [given.get("low"), given.get("high")]
    if not isinstance(given, (list, tuple)) or len(given) != 2:  # noqa: PLR2004 - a low and a high end
        raise ParameterError(
            "a single figure is not a range", where=where, fix="Give a low and a high value: [10000, 20000]."
        )
    low, high = (_number(value, where) for value in given)
    if low is None or high is None:
        raise ParameterError("an end of the range is missing", where=where, fix="Give a low and a high value.")
    return Range(low, high)


def _numbers(given: Mapping[str, Any]) -> dict[str, Numbers]:
    if not isinstance(given, Mapping):
        raise ParameterError("this is not a table of units", where="numbers", fix='Write {"E22000001": {"officers": 120}}.')
    made = {}
    for code, values in given.items():
        _refuse_unknown(values, ["officers", "cost"], where=f"numbers.{str(code)[:20]}")
        made[str(code)] = Numbers(**{key: _number(value, f"numbers.{key}") for key, value in values.items()})
    return made


def _number(given: Any, where: str) -> float | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not math.isfinite(given):
        raise ParameterError("this is not a number", where=where, fix="Give a number.")
    return float(given)


def _whole(given: Any, where: str) -> int | None:
    value = _number(given, where)
    if value is not None and value != int(value):
        raise ParameterError(f"{value} is not a whole number", where=where, fix="Give a whole number.")
    return None if value is None else int(value)


def _pairs(given: Any, where: str) -> tuple[Pair, ...]:
    pairs = [] if given is None else given
    good = isinstance(pairs, (list, tuple)) and all(
        isinstance(pair, (list, tuple)) and len(pair) == 2 and all(isinstance(code, str) and code for code in pair)  # noqa: PLR2004
        for pair in pairs
    )
    if not good:
        raise ParameterError("this is not a list of pairs of codes", where=where, fix='Write [["A", "B"]].')
    if len(pairs) > _MOST_PAIRS:
        raise ParameterError(f"{len(pairs):,} pairs are too many", where=where, fix=f"Give {_MOST_PAIRS:,} at most.")
    return tuple((str(a), str(b)) for a, b in pairs)

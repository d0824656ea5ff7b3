"""Counts of a period, beside the one before it and the same weeks last year, and what changed beyond chance."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from crimemap.analysis.over_time.change import LESS, MORE, NO_CLEAR_CHANGE, TOO_FEW, compare_years
from crimemap.jobs.briefings.period import WEEK, YEAR_OF_WEEKS, BriefingPeriod
from crimemap.jobs.briefings.records import COUNTED, NO_DATA, ONLY_MONTH_KNOWN, OTHER_SOURCE, AreaRecords
from crimemap.offences import offence_slug

__all__ = ["ALL_TYPES", "VERDICTS", "changes_of", "counts_of", "periods_of"]

ALL_TYPES: Final = "All types"
VERDICTS: Final = {MORE: "more", LESS: "less", NO_CLEAR_CHANGE: "no_clear_change", TOO_FEW: "too_few_to_say"}
#: Weeks, or months where a briefing is of whole months, that a change is looked for in.
_WEEKS: Final = 12
_MONTHS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class _Steps:
    """The weeks or months that a change is looked for in, and the same a year earlier."""

    now: list[BriefingPeriod]
    before: list[BriefingPeriod]
    unit: str


def periods_of(period: BriefingPeriod) -> dict[str, BriefingPeriod]:
    """
    Give the period, the one just before it, and the same weeks (or months) last year.

    Examples
    --------
    >>> from crimemap.jobs.briefings.period import read_briefing_period
    >>> week = read_briefing_period("2025-12-08", "2025-12-14", None)
    >>> periods_of(week)["last_year"].to_json()["from"]
    '2024-12-09T00:00'
    """
    if period.whole_months:
        n = len(period.months)
        return {"now": period, "before": period.moved_months(-n), "last_year": period.moved_months(-12)}
    return {"now": period, "before": period.moved(period.start - period.end), "last_year": period.moved(-YEAR_OF_WEEKS)}


def counts_of(records: AreaRecords, period: BriefingPeriod) -> dict[str, Any]:
    """
    Count a period by offence type, beside the one before it and the same weeks last year.

    A type is listed if any of the three has it. A count of a period with data is 0 where there is none, and null otherwise:
    also where another source holds the period, for two sources count differently.
    """
    periods = periods_of(period)
    status = {name: records.status_beside(one, period) for name, one in periods.items()}
    counted = {
        name: records.inside(one)["offence_type"].value_counts() if status[name] == COUNTED else None
        for name, one in periods.items()
    }
    types = sorted({str(one) for held in counted.values() if held is not None for one in held.index})

    def row(offence_type: str | None) -> dict[str, Any]:
        def number(name: str) -> int | None:
            held = counted[name]
            if held is None:
                return None
            return int(held.sum()) if offence_type is None else int(held.get(offence_type, 0))

        return {
            "offence_type": ALL_TYPES if offence_type is None else offence_type,
            "category": None if offence_type is None else offence_slug(offence_type),
            "incidents": number("now"),
            "period_before": number("before"),
            "same_weeks_last_year": number("last_year"),
        }

    return {
        "periods": {
            name: {
                **periods[key].to_json(),
                "status": status[key],
                "undated_left_out": records.undated(periods[key]) if status[key] == COUNTED else None,
            }
            for name, key in (("incidents", "now"), ("period_before", "before"), ("same_weeks_last_year", "last_year"))
        },
        "offence_types": [row(one) for one in types],
        "all": row(None),
    }


def changes_of(records: AreaRecords, period: BriefingPeriod, *, alpha: float = 0.05) -> dict[str, Any]:
    """
    Say of each offence type, and of all together, whether the latest weeks differ from the same a year ago beyond chance.

    Of a briefing by days: the twelve weeks up to its end. Of whole months: the twelve months. All comparisons are one family
    of tests. A week that either year lacks, or that another source
    holds, is left out of both.

    Parameters
    ----------
    alpha
        The rate of false claims of change to keep to.
    """
    steps = _steps(period)
    status_now = [records.status_beside(one, steps.now[-1]) for one in steps.now]
    status_before = [records.status_beside(one, steps.now[-1]) for one in steps.before]
    usable = np.array(
        [a == COUNTED and b == COUNTED for a, b in zip(status_now, status_before, strict=True)], dtype=np.bool_
    )
    said = {
        "unit": steps.unit,
        "compared": int(usable.sum()),
        "of": len(usable),
        "from": steps.now[0].to_json()["from"],
        "before": steps.now[-1].to_json()["before"],
        "alpha": alpha,
    }
    if not usable.any():
        status = _why(status_now, status_before)
        reasons = {
            ONLY_MONTH_KNOWN: "of the weeks of a year only the months are known, so weeks cannot be compared",
            OTHER_SOURCE: f"no {steps.unit} of a year ago is held by the same source, and two sources count differently",
            NO_DATA: f"no {steps.unit} has data both now and a year ago",
        }
        return said | {"status": status, "reason": reasons[status], "changes": []}
    now = [records.inside(one)["offence_type"].value_counts() for one in steps.now]
    before = [records.inside(one)["offence_type"].value_counts() for one in steps.before]
    types = sorted({str(one) for held in (*now, *before) for one in held.index})
    tables = [
        np.array([[int(held.get(name, 0)) for held in year] for name in types] + [[int(held.sum()) for held in year]])
        for year in (now, before)
    ]
    found = compare_years(tables[0], tables[1], np.broadcast_to(usable, tables[0].shape), alpha=alpha)
    return said | {
        "status": COUNTED,
        "reason": "",
        "changes": [
            {
                "offence_type": name,
                "category": None if k == len(types) else offence_slug(name),
                "incidents": int(found.now[k]),
                "year_before": int(found.before[k]),
                "verdict": VERDICTS[int(found.verdict[k])],
                "p_value": None if found.verdict[k] == TOO_FEW else round(float(found.p_value[k]), 6),
                "q_value": None if found.verdict[k] == TOO_FEW else round(float(found.q_value[k]), 6),
                "dispersion": round(float(found.dispersion[k]), 3),
            }
            for k, name in enumerate([*types, ALL_TYPES])
        ],
    }


def _why(now: list[str], before: list[str]) -> str:
    """Say why nothing can be compared."""
    if COUNTED not in now:
        return ONLY_MONTH_KNOWN if ONLY_MONTH_KNOWN in now else NO_DATA
    return next((one for one in (ONLY_MONTH_KNOWN, OTHER_SOURCE) if one in before), NO_DATA)


def _steps(period: BriefingPeriod) -> _Steps:
    if period.whole_months:
        last = BriefingPeriod(start=period.end, end=period.end).moved_months(-1)
        one = BriefingPeriod(start=last.start, end=period.end)
        now = [one.moved_months(-k) for k in reversed(range(_MONTHS))]
        return _Steps(now=now, before=[month.moved_months(-12) for month in now], unit="month")
    week = BriefingPeriod(start=period.end - WEEK, end=period.end)
    weeks = [week.moved(-k * WEEK) for k in reversed(range(_WEEKS))]
    return _Steps(now=weeks, before=[one.moved(-YEAR_OF_WEEKS) for one in weeks], unit="week")

"""How what a team works on has changed since it was made a priority."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from crimemap.analysis.over_time.change import LESS, MORE, NO_CLEAR_CHANGE, compare_years
from crimemap.language import gettext, ngettext
from crimemap.offences import offence_name
from crimemap.periods import is_month, month_after, month_index, month_name
from crimemap.products.cube import COUNTED, NO_DATA, SUPPRESSED
from crimemap.products.facts import SiteFacts
from crimemap.products.priority_words import offence_types_of
from crimemap.products.recorded_past import RecordedPast

__all__ = ["PriorityTrends", "priority_trends"]

_YEAR: Final = 12
_FEWEST_PAIRS: Final = 6


@dataclass(frozen=True, slots=True)
class _Asked:
    """One offence type of one priority, and the months that it is compared in."""

    key: tuple[str, int]
    row: int
    kind: int
    start: int  # column of the first month since it was set; may lie before the release
    since: str


@dataclass(frozen=True, slots=True)
class PriorityTrends:
    """Sentences by neighbourhood and place of the priority in its list."""

    said: dict[tuple[str, int], list[str]]

    def of(self, neighbourhood: str, which: int) -> list[str]:
        """Give the sentences of one priority."""
        return self.said.get((neighbourhood, which), [])


def _month_of(text: object) -> str | None:
    """Give the month of an ISO time; None if it is none."""
    month = str(text or "")[:7]
    return month if is_month(month) else None


def priority_trends(
    facts: SiteFacts | RecordedPast, force: str, teams: list[tuple[str, int | None, list[dict[str, Any]]]]
) -> PriorityTrends:
    """
    Compare the months since each priority of a force was set with the same months a year before.

    All of them are one family of tests: the force's rate of false claims holds over all its priorities.

    Parameters
    ----------
    facts
        What was recorded, as it was just counted or as a finished release has it.
    teams
        Neighbourhood's code, its row in the cube (None without a boundary), and its priorities as data.police.uk has them.
    """
    said: dict[tuple[str, int], list[str]] = {}
    asked: list[_Asked] = []
    last = month_index(month_after(facts.periods[force].end, -1)) - month_index(facts.cube.months[0])
    for code, row, priorities in teams:
        for which, one in enumerate(priorities):
            key = (code, which)
            named = offence_types_of(str(one.get("issue") or ""))
            since = _month_of(one.get("issue-date"))
            held = [kind for kind in named if kind in facts.cube.offence_types]
            why = _why_not(named, held, row, since, facts.cube.months[last])
            said[key] = [why] if why else []
            if why or since is None or row is None:
                continue
            start = month_index(since) - month_index(facts.cube.months[0])
            kinds = [facts.cube.offence_types.index(kind) for kind in held]
            asked += [_Asked(key=key, row=row, kind=kind, start=start, since=since) for kind in kinds]
    for what, words in zip(asked, _compared(facts, asked, last), strict=True):
        said[what.key].append(words)
    return PriorityTrends(said)


def _why_not(named: list[str], held: list[str], row: int | None, since: str | None, latest: str) -> str:
    """Say why there are no figures; empty if there are."""
    if row is None:
        return gettext("There are no figures, as this neighbourhood has no boundary in this release.")
    if not named:
        return gettext("We have no figures for this priority: it does not name a type of crime that is published.")
    if not held:
        return gettext("We have no figures for this priority: this release has none of the type of crime that it names.")
    if since is None:
        return gettext("We do not know when this priority was set, so we cannot say what changed since.")
    if since > latest:
        return gettext("This priority was set in {month}. Figures end with {last}.").format(
            month=month_name(since), last=month_name(latest)
        )
    return ""


def _compared(facts: SiteFacts | RecordedPast, asked: list[_Asked], last: int) -> list[str]:
    if not asked:
        return []
    now = np.arange(last - _YEAR + 1, last + 1)
    values, status = facts.cube.incidents, facts.cube.status
    rows, kinds = np.array([one.row for one in asked]), np.array([one.kind for one in asked])
    inside = now[None, :] >= np.array([one.start for one in asked])[:, None]

    def series(columns: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        held = np.maximum(columns, 0)
        at = (rows[:, None], held[None, :], kinds[:, None])
        return values[at].astype(np.int64), np.where(columns[None, :] >= 0, status[at], NO_DATA).astype(np.uint8)

    (latest, latest_status), (earlier, earlier_status) = series(now), series(now - _YEAR)
    usable = inside & (latest_status == COUNTED) & (earlier_status == COUNTED)
    found = compare_years(latest, earlier, usable)
    words = []
    for i, one in enumerate(asked):
        months = int(inside[i].sum())
        hidden = int((inside[i] & ((latest_status[i] == SUPPRESSED) | (earlier_status[i] == SUPPRESSED))).sum())
        pair = (int(found.now[i]), int(found.before[i]), int(found.pairs[i]))
        name = facts.cube.offence_types[one.kind]
        missing = (months - pair[2] - hidden, hidden)
        words.append(_words(name, one, pair, int(found.verdict[i]), missing=missing, last=facts.cube.months[last]))
    return words


def _words(name: str, one: _Asked, pair: tuple[int, int, int], verdict: int, *, missing: tuple[int, int], last: str) -> str:
    now, before, pairs = pair
    first = max(one.since, month_after(last, 1 - _YEAR))
    span = month_name(first)
    if first != last:
        span = gettext("{first} to {last}").format(first=span, last=month_name(last))
    type_ = offence_name(name)
    gone = _gone(*missing)
    if not pairs:
        told = gettext("{type}: for {months} we cannot compare with the year before.").format(type=type_, months=span)
        return " ".join([told, *gone])
    told = ngettext(
        "{type}, {months}: {now} recorded, and {before} in the same month a year before.",
        "{type}, {months}: {now} recorded, and {before} in the same months a year before.",
        pairs,
    ).format(type=type_, months=span, now=f"{now:,}", before=f"{before:,}")
    return " ".join([told, _verdict(pairs, verdict), *gone])


def _verdict(pairs: int, verdict: int) -> str:
    if pairs < _FEWEST_PAIRS:
        return gettext("That is too few months to say whether it changed.")
    if verdict == MORE:
        return gettext("That is more, and more than chance would explain.")
    if verdict == LESS:
        return gettext("That is fewer, and the fall is larger than chance would explain.")
    if verdict == NO_CLEAR_CHANGE:
        return gettext("That is no clear change.")
    return gettext("The numbers are too small to say whether it changed.")


def _gone(no_data: int, hidden: int) -> list[str]:
    said = []
    if no_data:
        said.append(
            ngettext(
                "{n} month is left out, as one of the two years has no data.",
                "{n} months are left out, as one of the two years has no data.",
                no_data,
            ).format(n=no_data)
        )
    if hidden:
        said.append(
            ngettext(
                "{n} month is left out, as a number is not shown.",
                "{n} months are left out, as a number is not shown.",
                hidden,
            ).format(n=hidden)
        )
    return said

"""Whoever asks the partner application for something: what they may do, and about which areas."""

from dataclasses import dataclass
from typing import Final

from crimemap.errors import ParameterError

__all__ = ["ADMIN", "JOBS_RUN", "PLANNING", "SCOPES", "TEAM_READ", "TEAM_WRITE", "Principal", "read_areas", "read_scopes"]

TEAM_READ: Final = "team:read"
TEAM_WRITE: Final = "team:write"
JOBS_RUN: Final = "jobs:run"
PLANNING: Final = "planning"
ADMIN: Final = "admin"
#: Scope to what it lets its holder do.
SCOPES: Final = {
    TEAM_READ: "read the incidents, counts and briefings of the team's own areas",
    TEAM_WRITE: "write the team's priorities, events, messages and contact details",
    JOBS_RUN: "run analyses and read their results",
    PLANNING: "read what merger planners need",
    ADMIN: "read the audit log and see every job",
}
#: Scopes that mean nothing without a team.
_OF_TEAMS: Final = frozenset({TEAM_READ, TEAM_WRITE})
#: Areas that may be granted beside a team's own.
_GRANTED_TYPES: Final = ("bcu", "csp")
_LONGEST_CODE: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """
    Who is asking, however they proved it.

    Parameters
    ----------
    name
        What the audit log calls them: `token:<id>` or `oidc:<subject>`.
    force, neighbourhood
        The team; empty for people who belong to none.
    areas
        Areas beside the neighbourhood, as (area_type, area_code), within the same force.
    expires_at
        When the proof ends, ISO 8601.
    lineage
        What the first of a token and those that took its place is called; empty for people who have no such token.
    """

    name: str
    scopes: tuple[str, ...]
    force: str = ""
    neighbourhood: str = ""
    areas: tuple[tuple[str, str], ...] = ()
    expires_at: str = ""
    lineage: str = ""

    @property
    def owner(self) -> str:
        """
        Give under which name their jobs are kept, which outlasts the rotation of a token.

        Examples
        --------
        >>> Principal(name="token:2", scopes=("jobs:run",), lineage="token:1").owner
        'token:1'
        >>> Principal(name="oidc:ann", scopes=("jobs:run",)).owner
        'oidc:ann'
        """
        return self.lineage or self.name

    def may(self, scope: str) -> bool:
        """Say whether they hold a scope."""
        return scope in self.scopes

    def may_see(self, area_type: str, area_code: str) -> bool:
        """
        Say whether an area is theirs.

        Examples
        --------
        >>> one = Principal(name="token:1", scopes=("team:read",), force="avon", neighbourhood="A1", areas=(("csp", "E22"),))
        >>> one.may_see("neighbourhood", "A1"), one.may_see("csp", "E22"), one.may_see("csp", "E23")
        (True, True, False)
        """
        own = bool(self.neighbourhood) and (area_type, area_code) == ("neighbourhood", self.neighbourhood)
        return own or (area_type, area_code) in self.areas


def read_scopes(given: list[str] | tuple[str, ...], *, team: bool, where: str = "--scope") -> tuple[str, ...]:
    """
    Read scopes, each once and in order.

    Raises
    ------
    ParameterError
        If there is none, one is unknown, or one needs a team and there is none.

    Examples
    --------
    >>> read_scopes(["team:read", "jobs:run", "team:read"], team=True)
    ('jobs:run', 'team:read')
    """
    wanted = tuple(sorted(set(given)))
    unknown = [one for one in wanted if one not in SCOPES]
    if unknown or not wanted:
        raise ParameterError(
            f"there is no scope {', '.join(unknown)[:80]}" if unknown else "a token needs a scope",
            where=where,
            fix=f"Use {', '.join(SCOPES)}.",
        )
    homeless = [one for one in wanted if one in _OF_TEAMS]
    if homeless and not team:
        raise ParameterError(f"{homeless[0]} means nothing without a team", where=where, fix="Name one with --team.")
    return wanted


def read_areas(given: list[str] | tuple[str, ...], *, where: str = "--area") -> tuple[tuple[str, str], ...]:
    """
    Read areas granted beside a team's own.

    Raises
    ------
    ParameterError
        If one is not written TYPE/CODE, or of a type that is not granted.

    Examples
    --------
    >>> read_areas(["csp/E22000123", "bcu/NA"])
    (('bcu', 'NA'), ('csp', 'E22000123'))
    """
    found = set()
    for text in given:
        area_type, slash, code = text.partition("/")
        if area_type not in _GRANTED_TYPES or not slash or not code or len(code) > _LONGEST_CODE or code.split() != [code]:
            raise ParameterError(
                "this is no area that can be granted", where=where, fix="Write it as csp/E22000123 or bcu/CODE."
            )
        found.add((area_type, code))
    return tuple(sorted(found))

"""
The analyses that are offered over HTTP: those of the registry, three of them by the names that analysts know.

`gistar` is `hotspots` with Getis-Ord Gi* as its statistic; `alignment` is the command line's `overlap`, and `mergers` its
`mergers-search`. A job is stored under the registry's name, and told under the one offered.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from api.errors import ForbiddenError
from api.processes_errors import NoSuchProcessError
from crimemap.access.principal import JOBS_RUN, PLANNING, Principal
from crimemap.jobs.drawn_area import MOST_CORNERS
from crimemap.jobs.queue.outputs import formats_of, require_formats
from crimemap.jobs.registry import PROCESSES, Process

__all__ = ["OFFERED", "Offered", "offered_as", "offered_to", "process_for"]

#: The registry's name to the one offered, where they differ.
_RENAMED: Final = {"overlap": "alignment", "mergers-search": "mergers"}
#: Analyses of boundaries and of who lives in them, which planners may run too.
_PLANNED: Final = frozenset({"alignment", "ladder", "mergers", "mergers-score", "vintages"})
#: Inputs that name files of the machine, which nobody may over HTTP.
_FILES: Final = {"vintages": frozenset({"counts"})}


#: A study area over HTTP: one of a set, or one that was drawn.
_AREA: Final[dict[str, Any]] = {
    "description": "Study area as SET:CODE, or a polygon of longitudes and latitudes (GeoJSON) without holes; in place of a "
    "force's own where there is one.",
    "default": None,
    "anyOf": [
        {"type": "string"},
        {
            "type": "object",
            "contentMediaType": "application/geo+json",
            "required": ["type", "coordinates"],
            "properties": {
                "type": {"enum": ["Polygon"]},
                "coordinates": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": 1,
                    "items": {"type": "array", "minItems": 4, "maxItems": MOST_CORNERS + 1, "items": {"type": "array"}},
                },
            },
        },
        {"type": "null"},
    ],
}


@dataclass(frozen=True, kw_only=True)
class Offered:
    """
    A process as it is offered.

    Attributes
    ----------
    id
        Its name over HTTP.
    process
        The registry's.
    fixed
        Inputs that its name settles.
    """

    id: str
    process: Process
    title: str
    description: str
    fixed: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of its inputs, without those that are settled or name files."""
        made = self.process.inputs.model_json_schema()
        hidden = {*self.fixed, *_FILES.get(self.process.id, ())}
        kept = {name: one for name, one in made["properties"].items() if name not in hidden}
        if "area" in kept:
            kept["area"] = _AREA
        return {
            "type": "object",
            "additionalProperties": False,
            "properties": kept,
            "required": [name for name in made.get("required", ()) if name in kept],
        }

    @property
    def formats(self) -> tuple[str, ...]:
        """Names of the files that its jobs can write."""
        return formats_of(self.process.id)

    @property
    def usual_formats(self) -> tuple[str, ...]:
        """Those that are written where none is asked for."""
        return require_formats(self.process.id, ())

    @property
    def planned(self) -> bool:
        """Whether it is of boundaries, and not of incidents, so that planners may run it."""
        return self.id in _PLANNED

    def may_be_run_by(self, who: Principal) -> bool:
        """Say whether somebody's scopes allow it."""
        return who.may(JOBS_RUN) or (self.planned and who.may(PLANNING))


def _offered() -> dict[str, Offered]:
    every = [
        Offered(id=_RENAMED.get(one.id, one.id), process=one, title=one.title, description=one.description)
        for one in PROCESSES.values()
    ]
    gistar = Offered(
        id="gistar",
        process=PROCESSES["hotspots"],
        title="Getis-Ord Gi*",
        description="Gi* of each cell with its p, exact or drawn, corrected for testing every cell; hotspots by it.",
        fixed={"statistic": "gi-star"},
    )
    return {one.id: one for one in sorted((*every, gistar), key=lambda one: one.id)}


OFFERED: Final = _offered()


def offered_to(who: Principal) -> list[Offered]:
    """List what somebody may run."""
    return [one for one in OFFERED.values() if one.may_be_run_by(who)]


def process_for(who: Principal, process_id: str) -> Offered:
    """
    Find a process that somebody may run.

    Raises
    ------
    NoSuchProcessError
        If there is none of that name.
    ForbiddenError
        If their scopes do not allow it.
    """
    found = OFFERED.get(process_id)
    if found is None:
        raise NoSuchProcessError("there is no such process", fix=f"There are: {', '.join(OFFERED)}.")
    if not found.may_be_run_by(who):
        raise ForbiddenError(f"this token is not good for {found.id}", fix=f"It takes the scope {JOBS_RUN}.")
    return found


def offered_as(process_id: str, inputs: Mapping[str, Any]) -> str:
    """
    Give the name under which a stored job was asked for.

    Examples
    --------
    >>> offered_as("overlap", {}), offered_as("hotspots", {"statistic": "gi-star"}), offered_as("hotspots", {})
    ('alignment', 'gistar', 'hotspots')
    """
    for one in OFFERED.values():
        if one.fixed and one.process.id == process_id and one.fixed.items() <= inputs.items():
            return one.id
    return _RENAMED.get(process_id, process_id)

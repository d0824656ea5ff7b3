"""The report on a proposal, from what was scored and its shapes, in the language that is spoken."""

from datetime import UTC, datetime

from crimemap.alignment.mergers.scored import Scored
from crimemap.alignment.mergers.searched import Searched
from crimemap.jobs.planning import Prepared
from crimemap.jobs.processes.mergers_layers import proposal_layers
from crimemap.products.merger_report import merger_report

__all__ = ["proposal_report"]


def proposal_report(prepared: Prepared, scored: Scored, *, search: Searched | None = None) -> str:
    """Write the report on a proposal; with `search`, on one that a search found."""
    layers = proposal_layers(prepared, scored.unit_after, scored.before, scored.after)
    counted = prepared.incidents
    period = None if counted is None else counted["selection"]["period"]
    return merger_report(
        scored.to_json(),
        before=layers["before"].set_index("code"),
        after=layers["after"].set_index("code"),
        targets=prepared.targets,
        made=datetime.now(UTC).date(),
        sources=prepared.attributions,
        search=None if search is None else search.to_json(),
        incidents_months=None if period is None else (period["first_month"], period["last_month"]),
    )

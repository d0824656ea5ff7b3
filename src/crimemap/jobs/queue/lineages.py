"""Jobs of tokens that were rotated: they belong to the first token of the line, whichever of it asked."""

from collections.abc import Mapping

from sqlalchemy import Connection, select, update

from crimemap.access.tokens import TokenStore
from crimemap.jobs.queue.tables import JOBS
from crimemap.workspace import Workspace

__all__ = ["handed_over", "owners_before"]


def owners_before(workspace: Workspace) -> dict[str, str]:
    """Say under whose name jobs belong that once were kept by the name of a token that took another's place."""
    tokens = (one for one in TokenStore(workspace).list() if one.lineage != one.id)
    return {f"token:{one.id}": f"token:{one.lineage}" for one in tokens}


def handed_over(connection: Connection, owners: Mapping[str, str]) -> int:
    """
    Hand jobs over from one name to another, and give how many there were.

    Parameters
    ----------
    owners
        Former name to name.
    """
    if not owners:
        return 0
    held = connection.scalars(select(JOBS.c.owner).distinct()).all()
    return sum(
        connection.execute(update(JOBS).where(JOBS.c.owner == one).values(owner=owners[one])).rowcount
        for one in held
        if one in owners
    )

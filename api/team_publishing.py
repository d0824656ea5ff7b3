"""When what a team decided becomes public: with the next release, or at once in a release made from the active one."""

import logging
import time
from typing import Any, Final

from api.errors import happened
from api.limits import LeakyBuckets
from api.team_writing import AT_ONCE
from crimemap.access.principal import Principal
from crimemap.errors import ConflictError, CrimemapError, ReleaseError
from crimemap.pipeline.release_patch import patch
from crimemap.workspace import Workspace

__all__ = ["made_public", "patches_of_a_team"]

_PATIENCE_S: Final = 5.0
_BETWEEN_S: Final = 0.25
_LOG: Final = logging.getLogger("crimemap.api")


def patches_of_a_team() -> LeakyBuckets:
    """Give what bounds how many releases one team causes: ten at once, then one a minute, as each takes room."""
    return LeakyBuckets(per_second=1 / 60, burst=10)


def made_public(workspace: Workspace, who: Principal, *, when: str, bounds: LeakyBuckets) -> dict[str, Any]:
    """
    Make what a team says public at the time that was asked for.

    The team's decision is kept already, so nothing is lost where it cannot be done at once: it comes with the next release.

    Parameters
    ----------
    when
        `at_once` or `next_release`.
    bounds
        As `patches_of_a_team` gives them.

    Returns
    -------
    dict
        `status` (`next_release`; `released`; `waiting`, where a release is being built, none can be patched, or the team
        caused too many), `id` of the release that shows it, `detail` where it waits.
    """
    if when != AT_ONCE:
        return {"status": "next_release", "id": None, "detail": None}
    wait = bounds.wait_seconds(f"{who.force}/{who.neighbourhood}")
    if wait:
        return _waiting(
            f"your team caused many releases in a short time; ask again in {wait} s, or wait for the next release"
        )
    try:
        made = _patched(workspace, who)
    except ConflictError:
        return _waiting("another release is being made; ask again, or wait for the next release")
    except ReleaseError:
        return _waiting("the active release cannot be patched; it comes with the next one")
    except CrimemapError as error:
        _LOG.error("a team's words were not published at once: %s", happened(error))
        return _waiting("it could not be published at once; it comes with the next release, or tell the maintainers")
    return {"status": "released", "id": made["id"], "detail": None}


def _patched(workspace: Workspace, who: Principal) -> dict[str, Any]:
    """Patch, and wait a little for another team's patch; a whole build takes longer than anybody is kept waiting."""
    until = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return patch(workspace, force=who.force, neighbourhood=who.neighbourhood)
        except ConflictError:
            if time.monotonic() >= until:
                raise
            time.sleep(_BETWEEN_S)


def _waiting(detail: str) -> dict[str, Any]:
    return {"status": "waiting", "id": None, "detail": detail}

"""Publishing at once what teams wrote: the active release made again with it, checked and activated, in seconds."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from crimemap.errors import DisclosureError, NotFoundError, ParameterError, ReleaseError
from crimemap.pipeline.release_neighbourhoods import gather_neighbourhoods
from crimemap.pipeline.release_private import private_positions
from crimemap.products.audit import audit_texts
from crimemap.products.manifest import read_manifest
from crimemap.products.patched_release import differing_teams, patch_release
from crimemap.products.releases import Shelf
from crimemap.workspace import Workspace

__all__ = ["named_team", "patch"]


def named_team(text: str | None) -> tuple[str, str]:
    """
    Read FORCE/NEIGHBOURHOOD; two empty texts where there is none.

    Raises
    ------
    ParameterError
        If it is not two names.

    Examples
    --------
    >>> named_team("west-demoshire/N01"), named_team(None)
    (('west-demoshire', 'N01'), ('', ''))
    """
    if text is None:
        return "", ""
    force, _, neighbourhood = text.partition("/")
    if not force or not neighbourhood:
        raise ParameterError("no team", where=text[:60], fix="Write FORCE/NEIGHBOURHOOD, for example leicestershire/NC04.")
    return force, neighbourhood


def patch(workspace: Workspace, *, force: str = "", neighbourhood: str = "", activate: bool = True) -> dict[str, Any]:
    """
    Make a release from the active one with what teams say now, and activate it.

    Parameters
    ----------
    force, neighbourhood
        The one team whose words are to be taken; of every team where they are left out.
    activate
        Whether to make it the active one.

    Returns
    -------
    dict
        `id`, `patch_of`, `teams` (force/neighbourhood), `files` (paths of those that differ), `active`; where every team
        says what the active release has, `id` is that of the active release and `teams` is empty.

    Raises
    ------
    ConflictError
        If another process is writing to the workspace, such as a build.
    ReleaseError
        If no release is active, or it cannot be patched.
    NotFoundError
        If it has not this neighbourhood.
    DisclosureError
        If what is new would reveal something private.
    """
    shelf = Shelf(workspace.require().releases)
    with workspace.writing():
        base = _active(shelf)
        slugs = [force] if force else read_manifest(base)["forces"]
        found = gather_neighbourhoods(workspace, slugs)
        if neighbourhood:
            found = [one for one in found if str(one["id"]) == neighbourhood]
            if not found:
                raise NotFoundError("there is no such neighbourhood", where=f"{force}/{neighbourhood}"[:80])
        teams = differing_teams(base, found)
        if not teams:
            return {"id": base.name, "patch_of": None, "teams": [], "files": [], "active": True}
        made = patch_release(base, teams, check=partial(_refuse, workspace))
        if activate:
            shelf.activate(made.release_id)
    before = read_manifest(base)["files"]
    after = made.manifest["files"]
    return {
        "id": made.release_id,
        "patch_of": base.name,
        "teams": made.manifest["patched"],
        "files": sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name)),
        "active": activate,
    }


def _active(shelf: Shelf) -> Path:
    active = shelf.active()
    if active is None:
        raise ReleaseError(
            "no release is active", where="releases", fix="Build one and activate it; then it can be patched."
        )
    return shelf.path(active)


def _refuse(workspace: Workspace, folder: Path, written: Sequence[str]) -> None:
    """Look through what is new as a whole release is looked through; the rest was when it was built."""
    findings = audit_texts(folder, written, private_positions(workspace))
    if findings:
        first = findings[0]
        raise DisclosureError(
            f"the audit of what is new found {len(findings)}, the first: {first.where} {first.what}",
            where=folder.name,
            fix="It was not published. Take out of the text whatever looks like coordinates.",
        )

"""Reading the workspace for a release: where incidents, areas and teams come together and disclosure is applied."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from crimemap.errors import DisclosureError, ReleaseError
from crimemap.pipeline.release_inputs import gather
from crimemap.pipeline.release_private import private_positions
from crimemap.products.audit import audit_release
from crimemap.products.builder import build_release
from crimemap.products.inputs import ReleaseOptions
from crimemap.products.manifest import verify_files
from crimemap.products.releases import Shelf
from crimemap.workspace import Workspace

__all__ = ["activate", "build", "list_releases", "prune", "roll_back", "verify"]

Progress = Callable[[str], None]


def _quiet(_: str) -> None:
    return


def build(
    workspace: Workspace,
    options: ReleaseOptions,
    *,
    forces: Sequence[str] = (),
    source: str | None = None,
    anew: bool = False,
    progress: Progress = _quiet,
) -> dict[str, Any]:
    """
    Build a release from all that the workspace holds.

    Parameters
    ----------
    forces
        Slugs of the forces to publish; all if empty.
    source
        Which source to take where two hold the same month of the same force.
    anew
        Whether pages of areas are made again even if the newest release has the same.

    Raises
    ------
    EmptyInputError
        If there are no incidents.
    ConflictError
        If two sources hold a force's month and none was named.
    DisclosureError
        If the finished release would reveal something private.
    """
    workspace.require()
    with workspace.writing():
        progress("reading the workspace")
        inputs = gather(workspace, options, forces=forces, source=source)
        built = build_release(
            inputs,
            options,
            workspace.releases,
            check=lambda folder: _refuse(folder, workspace),
            anew=anew,
            progress=progress,
        )
    manifest = built.manifest
    return {
        "id": built.release_id,
        "path": str(built.path),
        "first_month": manifest["first_month"],
        "latest_month": manifest["latest_month"],
        "forces": manifest["forces"],
        "files": len(manifest["files"]),
        "bytes": sum(found["size"] for found in manifest["files"].values()),
        "hotspots": manifest["hotspots"],
        "area_pages": {"built": built.areas.built, "unchanged": built.areas.unchanged},
    }


def _refuse(folder: Path, workspace: Workspace) -> None:
    findings = audit_release(folder, private_positions(workspace))
    if findings:
        said = "; ".join(f"{one.where} {one.what}" for one in findings[:3])
        raise DisclosureError(
            f"the audit found {_faults(len(findings))}: {said}",
            where=folder.name,
            fix="It was not published. Build it again with a higher --threshold, or tell the maintainers.",
        )


def verify(workspace: Workspace, release_id: str | None = None) -> dict[str, Any]:
    """
    Compare a release's files with its manifest and audit it again.

    Returns
    -------
    dict
        `id`, `files`, `differences` (sentences), `findings` (rule, where, what), `ok`.
    """
    shelf = Shelf(workspace.require().releases)
    one = release_id or shelf.active() or shelf.latest()
    folder = shelf.path(one)
    differences = verify_files(folder)
    findings = [] if differences else audit_release(folder, private_positions(workspace))
    return {
        "id": one,
        "differences": differences,
        "findings": [{"rule": found.rule, "where": found.where, "what": found.what} for found in findings],
        "ok": not differences and not findings,
    }


def _differing(n: int) -> str:
    return "1 file differs" if n == 1 else f"{n} files differ"


def _faults(n: int) -> str:
    return "1 fault" if n == 1 else f"{n} faults"


def _require_sound(workspace: Workspace, release_id: str) -> None:
    found = verify(workspace, release_id)
    if found["differences"]:
        raise ReleaseError(
            f"{_differing(len(found['differences']))} from the manifest, the first: {found['differences'][0]}",
            where=release_id,
            fix="It was not activated. Build the release again.",
        )
    if found["findings"]:
        first = found["findings"][0]
        raise DisclosureError(
            f"the audit found {_faults(len(found['findings']))}, the first: {first['where']} {first['what']}",
            where=release_id,
            fix="It was not activated. Build the release again.",
        )


def activate(workspace: Workspace, release_id: str | None = None) -> dict[str, Any]:
    """
    Audit a release and make it the active one.

    Raises
    ------
    ReleaseError
        If a file was changed.
    DisclosureError
        If the audit fails.
    """
    shelf = Shelf(workspace.require().releases)
    with workspace.writing():
        one = release_id or shelf.latest()
        shelf.path(one)
        _require_sound(workspace, one)
        before = shelf.activate(one)
    return {"active": one, "previous": before}


def roll_back(workspace: Workspace) -> dict[str, Any]:
    """Make the release active that was so before, audited again."""
    shelf = Shelf(workspace.require().releases)
    with workspace.writing():
        _require_sound(workspace, shelf.previous())
        left, active = shelf.roll_back()
    return {"active": active, "previous": left}


def prune(workspace: Workspace, keep: int) -> dict[str, Any]:
    """Remove all but the newest releases; the active one always stays."""
    shelf = Shelf(workspace.require().releases)
    with workspace.writing():
        removed = shelf.prune(keep)
    return {"removed": removed, "kept": shelf.ids(), "active": shelf.active()}


def list_releases(workspace: Workspace) -> dict[str, Any]:
    """List the releases, newest first."""
    shelf = Shelf(workspace.require().releases)
    return {"releases": shelf.described(), "active": shelf.active()}

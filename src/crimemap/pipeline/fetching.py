"""Fetching what other people publish into a workspace, and handing it on."""

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crimemap.errors import FetchError, ParameterError
from crimemap.periods import Period, month_after, parse_month
from crimemap.workspace import Workspace

if TYPE_CHECKING:
    from crimemap.fetch.client import Client
    from crimemap.fetch.waiting import Clock
    from crimemap.fetch.watching import Watcher

__all__ = ["add_postcodes", "fetch_areas", "fetch_police_uk", "fetch_postcodes"]


@contextmanager
def _downloading(
    workspace: Workspace, name: str, watcher: "Watcher | None", clock: "Clock | None"
) -> Iterator[tuple["Client", Path]]:
    """Open a connection and a folder of `downloads/` that no other process downloads into."""
    from crimemap.fetch.client import Client
    from crimemap.fetch.files import downloading

    folder = workspace.create().downloads / name
    try:
        with downloading(folder), Client(watcher=watcher, clock=clock) as client:
            yield client, folder
    except OSError as error:
        raise FetchError(
            f"a file cannot be written: {error.strerror or error}",
            where=str(error.filename or folder),
            fix="Check that the disk has room and that you may write there; what was fetched is kept.",
        ) from error


def _command(workspace: Workspace, *words: object) -> str:
    return shlex.join(["crimemap", *(str(word) for word in words), "--workspace", str(workspace.root)])


def _kinds(kinds: Sequence[str]) -> list[str]:
    from crimemap.fetch.police_uk import KINDS

    asked = [kind.strip() for kind in kinds if kind.strip()]
    unknown = [kind for kind in asked if kind not in KINDS]
    if unknown or not asked:
        raise ParameterError(
            f"{unknown[0][:40]!r} is not a kind of file" if unknown else "no kind of file is named",
            where="--kinds",
            fix=f"Use one or more of {', '.join(KINDS)}, with commas between.",
        )
    return [kind for kind in KINDS if kind in asked]


def fetch_police_uk(
    workspace: Workspace,
    *,
    forces: Sequence[str],
    first: str,
    last: str | None = None,
    kinds: Sequence[str] = ("street", "outcomes", "stop-and-search"),
    url: str | None = None,
    ingest: bool = False,
    watcher: "Watcher | None" = None,
    clock: "Clock | None" = None,
) -> dict[str, Any]:
    """
    Fetch the files of some forces and months from the archives of data.police.uk.

    Parameters
    ----------
    forces
        Slugs or names of forces, or "all".
    first, last
        The first and the last month, both included; one month where `last` is None.
    kinds
        Out of street, outcomes and stop-and-search.
    url
        The folder of archives, or one zip, where it is not the original.
    ingest
        Go on to ingest what came.

    Returns
    -------
    dict
        `files` (one entry per force, month and kind), `totals`, `folders`, `newest_archive`, `next`, `ingest`.

    Raises
    ------
    CrimemapError
        If an argument cannot be used, or the server does not give what is there.
    """
    from crimemap.fetch.archives import DEFAULT_BASE
    from crimemap.fetch.police_uk import ALL_FORCES, force_slug
    from crimemap.fetch.police_uk import fetch_police_uk as fetch

    first = parse_month(first, where="--from")
    last = parse_month(last or first, where="--to")
    if last < first:
        raise ParameterError(f"{last} comes before {first}", where="--to", fix="Write the earlier month after --from.")
    asked = [force.strip() for force in forces if force.strip()]
    slugs = [ALL_FORCES] if ALL_FORCES in asked else [force_slug(force) for force in asked]
    chosen = _kinds(kinds)
    with _downloading(workspace, "police-uk", watcher, clock) as (client, folder):
        months = list(Period(first, month_after(last)))
        found = fetch(client, folder, forces=slugs, months=months, kinds=chosen, base=url or DEFAULT_BASE)
    paths = [str(path) for path in found.folders]
    result: dict[str, Any] = {
        "newest_archive": found.newest_archive,
        "files": [asdict(file) | {"path": None if file.path is None else str(file.path)} for file in found.files],
        "totals": {
            "fetched": found.count("fetched"),
            "present": found.count("present"),
            "no_data": found.count("no_data"),
            "not_published": found.count("not_published"),
            "received_bytes": found.received_bytes,
        },
        "folders": paths,
        "next": _command(workspace, "ingest", *paths) if paths else None,
        "ingest": None,
    }
    if ingest and paths:
        from crimemap.pipeline.ingest import ingest as load

        result["ingest"] = load(workspace, [Path(path) for path in paths])
    return result


def fetch_areas(
    workspace: Workspace,
    *,
    area_type: str,
    vintage: str,
    force: str | None = None,
    url: str | None = None,
    add: bool = False,
    watcher: "Watcher | None" = None,
    clock: "Clock | None" = None,
) -> dict[str, Any]:
    """
    Fetch a boundary set from the feature service that the catalogue names.

    Parameters
    ----------
    area_type, vintage, force
        The set; `force` only for types that belong to a force.
    url
        Another layer than the catalogue's.
    add
        Go on to add it to the workspace's boundary sets.

    Returns
    -------
    dict
        `set_id`, `file`, `status`, `areas`, `crs`, `layer`, `url`, `attribution`, `next`, `added`.

    Raises
    ------
    CrimemapError
        If the catalogue has no address for it, or the service does not give all of it.
    """
    from crimemap.areas.catalogue import area_type as find_type
    from crimemap.areas.catalogue import set_id_of
    from crimemap.fetch.ons import fetch_areas as fetch
    from crimemap.pipeline.areas import add_areas

    kind = find_type(area_type)
    set_id = set_id_of(kind.id, vintage, force)
    about = {
        "set_id": set_id,
        "area_type": kind.id,
        "vintage": vintage,
        "publisher": kind.publisher,
        "licence": kind.licence,
        "attribution": kind.attribution,
    }
    address = url or kind.download(vintage).url
    with _downloading(workspace, "areas", watcher, clock) as (client, folder):
        found = fetch(client, folder, url=address, name=set_id, about=about)
    words = ["areas", "add", found.path, "--type", kind.id, "--vintage", vintage, *(["--force", force] if force else [])]
    result: dict[str, Any] = {
        "set_id": set_id,
        "file": str(found.path),
        "status": found.status,
        "areas": found.areas,
        "crs": f"EPSG:{found.epsg}",
        "layer": found.layer,
        "url": found.url,
        "size": found.size,
        "sha256": found.sha256,
        "received_bytes": found.received_bytes,
        "attribution": kind.attribution,
        "next": _command(workspace, *words),
        "added": None,
    }
    if add:
        result["added"] = add_areas(workspace, found.path, area_type=kind.id, vintage=vintage, force=force)
    return result


def fetch_postcodes(
    workspace: Workspace,
    *,
    url: str | None = None,
    add: bool = True,
    watcher: "Watcher | None" = None,
    clock: "Clock | None" = None,
) -> dict[str, Any]:
    """
    Fetch Code-Point Open, and add its postcodes to the workspace.

    Parameters
    ----------
    url
        The product in a downloads service, or a zip, where it is not the original.
    add
        Read the postcodes into the workspace.

    Returns
    -------
    dict
        `file`, `status`, `version`, `size`, `md5`, `sha256`, `url`, `next`, `added`.

    Raises
    ------
    CrimemapError
        If it does not come whole, or cannot be read.
    """
    from crimemap.fetch.postcodes import DEFAULT_PRODUCT
    from crimemap.fetch.postcodes import fetch_postcodes as fetch

    with _downloading(workspace, "postcodes", watcher, clock) as (client, folder):
        found = fetch(client, folder, url=url or DEFAULT_PRODUCT)
    return {
        "file": str(found.path),
        "status": found.status,
        "version": found.version,
        "size": found.size,
        "md5": found.md5,
        "sha256": found.sha256,
        "url": found.url,
        "received_bytes": found.received_bytes,
        "next": None if add else _command(workspace, "postcodes", "add", found.path),
        "added": add_postcodes(workspace, found.path) if add else None,
    }


def add_postcodes(workspace: Workspace, path: Path) -> dict[str, Any]:
    """
    Read the postcodes of Code-Point Open into a workspace, in place of those that were there.

    Raises
    ------
    CrimemapError
        If the file cannot be used; nothing is changed then.
    """
    from crimemap.areas.postcodes import add_postcodes as add

    return add(workspace, path)

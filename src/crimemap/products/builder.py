"""
Building a release: a directory that is either complete or not there.

Everything is written into a hidden directory beside the releases, seen to the disk, and renamed in one step; an interrupted
build leaves only the hidden directory, which the next one clears away.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

import crimemap
from crimemap.engine import LocalEngine
from crimemap.products.alignment import compare_sets, write_alignment
from crimemap.products.cube import Cube, build_cube
from crimemap.products.database import fill, prepare, publish_rows
from crimemap.products.finishing import later_than_all, to_disk
from crimemap.products.hotspots import ForceHotspots, counted_cells, find_hotspots, latest_year, write_hotspots
from crimemap.products.inputs import ReleaseInputs, ReleaseOptions
from crimemap.products.manifest import hash_files, write_manifest
from crimemap.products.pages import WrittenPages
from crimemap.products.relations import area_relations, fill_relations
from crimemap.products.release_schema import SCHEMA_VERSION
from crimemap.products.releases import BUILDING, Shelf
from crimemap.products.site import write_site
from crimemap.products.tiles.building import write_tiles

__all__ = ["BuiltRelease", "build_release"]

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltRelease:
    """A release that was just built; `areas` says how many of its areas' pages were made anew."""

    release_id: str
    path: Path
    manifest: dict[str, Any]
    areas: WrittenPages


def build_release(
    inputs: ReleaseInputs,
    options: ReleaseOptions,
    releases: Path,
    *,
    now: datetime | None = None,
    check: Callable[[Path], None] | None = None,
    anew: bool = False,
    progress: Progress = lambda _: None,
) -> BuiltRelease:
    """
    Build a release.

    Parameters
    ----------
    inputs
        What it is made from.
    options
        What the user chose.
    releases
        The directory of releases.
    now
        The time that the identifier carries; the present if not given.
    check
        Called with the finished directory before it takes its place; raises to refuse it.
    anew
        Whether every page is made, even if the newest release has one that would be the same.
    progress
        Told what is being done.

    Raises
    ------
    DisclosureError
        If `check` finds something private.
    """
    releases.mkdir(mode=0o755, parents=True, exist_ok=True)
    created = later_than_all((now or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0), releases)
    for left in releases.glob(f"{BUILDING}*"):
        shutil.rmtree(left)
    folder = releases / f"{BUILDING}{os.getpid()}"
    folder.mkdir(mode=0o755)
    try:
        manifest, areas = _write(
            inputs, options, folder, created, earlier=None if anew else _newest(releases), progress=progress
        )
        if check is not None:
            progress("checking that nothing private is in it")
            check(folder)
        release_id = manifest["release_id"]
        write_manifest(folder, manifest)
        paths = list(folder.rglob("*"))
        to_disk([path for path in paths if path.is_file()], folders=[folder, *(path for path in paths if path.is_dir())])
        os.replace(folder, releases / release_id)  # noqa: PTH105 - the one step that makes it a release
        to_disk([], folders=[releases])
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return BuiltRelease(release_id=release_id, path=releases / release_id, manifest=manifest, areas=areas)


def _newest(releases: Path) -> Path | None:
    """Give the folder of the newest release."""
    held = Shelf(releases).ids()
    return releases / held[-1] if held else None


def _write(
    inputs: ReleaseInputs,
    options: ReleaseOptions,
    folder: Path,
    created: datetime,
    *,
    earlier: Path | None,
    progress: Progress,
) -> tuple[dict[str, Any], WrittenPages]:
    bricks = None if inputs.bricks is None else inputs.bricks.to_json()
    postcodes = None if inputs.postcodes is None else inputs.postcodes.to_json()
    before = _earlier_sets(inputs)
    sources = [options_as_dict(options), inputs.sources, inputs.boundary_sets, before, bricks, postcodes]
    meta = {
        "created_at": created.isoformat().replace("+00:00", "Z"),
        "first_month": inputs.first_month,
        "latest_month": inputs.latest_month,
        "schema_version": str(SCHEMA_VERSION),
        "threshold": str(options.policy.threshold),
        "h3_resolution": str(options.h3_resolution),
        "attribution": "\n".join(attributions(inputs)),
    }
    with duckdb.connect(folder / "release.duckdb") as db:
        progress("counting")
        prepare(db, inputs)
        cube = build_cube(db, inputs, threshold=options.policy.threshold)
        release_id = f"{created:%Y%m%dT%H%M%SZ}-{_content_hash(cube, sources)[:8]}"
        meta["release_id"] = release_id
        publish_rows(db, inputs, cube)
        progress("writing the database")
        fill(db, inputs, cube, meta=meta)
        progress("finding hotspots")
        found = _hotspots(db, inputs, options)
        aligned = compare_sets(db, inputs, progress=progress)
        if aligned is not None:
            write_alignment(db, inputs, aligned, progress=progress)
        fill_relations(db, area_relations(inputs, aligned, progress=progress))
        db.execute("CHECKPOINT")
        areas = write_site(
            db,
            inputs,
            options,
            cube,
            found=found,
            aligned=aligned,
            site=folder / "site",
            release_id=release_id,
            created=created,
            attributions=attributions(inputs),
            earlier=earlier,
            progress=progress,
        )
        write_tiles(db, folder / "site", earlier=earlier, progress=progress)
    files = hash_files(folder)
    manifest = {
        "release_id": release_id,
        "created_at": meta["created_at"],
        "software": {"name": "crimemap", "version": crimemap.__version__},
        "schema_version": SCHEMA_VERSION,
        "first_month": inputs.first_month,
        "latest_month": inputs.latest_month,
        "forces": [force["id"] for force in inputs.forces],
        "parameters": options_as_dict(options),
        "sources": inputs.sources,
        "boundary_sets": inputs.boundary_sets,
        "earlier_boundary_sets": before,
        "bricks": bricks,
        "postcodes": postcodes,
        "attribution": attributions(inputs),
        "coverage": _coverage_summary(inputs),
        "hotspots": {
            one.force: {"cells_tested": one.n_tested, "hot": int(one.table["hotspot"].sum())} for one in found.values()
        },
        "files": files,
    }
    return manifest, areas


def options_as_dict(options: ReleaseOptions) -> dict[str, Any]:
    """Give the options as the manifest keeps them."""
    background = None if options.base_map is None else asdict(options.base_map)
    return {
        "months": options.months,
        "h3_resolution": options.h3_resolution,
        "site_address": options.site_address,
        "base_map": background,
        **asdict(options.policy),
    }


def _earlier_sets(inputs: ReleaseInputs) -> list[dict[str, Any]]:
    """Describe the earlier boundaries that look-ups know."""
    if inputs.earlier is None:
        return []
    counts = inputs.earlier.groupby(["area_type", "vintage"]).size()
    return [{"area_type": kind, "vintage": vintage, "n_areas": int(n)} for (kind, vintage), n in counts.items()]


def _content_hash(cube: Cube, described: list[Any]) -> str:
    """Hash what the release says and what it was made from, for its name."""
    digest = hashlib.sha256(json.dumps(described, sort_keys=True, default=str).encode())
    digest.update(cube.incidents.tobytes())
    digest.update(cube.status.tobytes())
    return digest.hexdigest()


def attributions(inputs: ReleaseInputs) -> list[str]:
    """List what must be said beside the data: each statement once."""
    said = [source.get("attribution") for source in inputs.sources]
    said += [one.get("attribution") for one in inputs.boundary_sets]
    said += [] if inputs.postcodes is None else [inputs.postcodes.attribution]
    return list({one.rstrip("."): one for one in said if one}.values())


def _hotspots(db: duckdb.DuckDBPyConnection, inputs: ReleaseInputs, options: ReleaseOptions) -> dict[str, ForceHotspots]:
    periods = [(force, latest_year(inputs.months, latest)) for force, latest in sorted(inputs.latest_by_force().items())]
    counted = [(force, period, counted_cells(db, force, period)) for force, period in periods]
    found = LocalEngine().map(lambda one: find_hotspots(inputs, one[0], one[1], options.h3_resolution, one[2]), counted)
    hotspots = {one.force: one for one in found if one is not None}
    for one in hotspots.values():
        write_hotspots(db, one)
    return hotspots


def _coverage_summary(inputs: ReleaseInputs) -> list[dict[str, Any]]:
    rows = []
    of_incidents = inputs.coverage[inputs.coverage["table_name"] == "incidents"]
    for force, months in of_incidents.groupby("force", sort=True):
        loaded = months[months["status"] == "loaded"]
        rows.append(
            {
                "force": force,
                "kinds": sorted(set(loaded["kind"])),
                "months_loaded": len(loaded),
                "months_no_data": len(months) - len(loaded),
                "first_month": min(loaded["month"], default=None),
                "latest_month": max(loaded["month"], default=None),
            }
        )
    return rows

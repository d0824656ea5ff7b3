"""
Job files: a run written down, so that it can be done again to the byte.

::

    process = "backtest"
    seed = 7

    [inputs]
    force = "norfolk"
    offence = "burglary"

    [output]
    file = "burglary.csv"

    [data]
    loads_sha256 = "..."

Beside the output a manifest is written: every parameter, the automatic ones included, the version of the data, and a hash of
each file. It holds no time and no path, so that of the same run it is the same. `[data]` is optional and says which data the
job is for; with other data it is refused.
"""

import hashlib
import json
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crimemap.errors import ConflictError, ParameterError, UnreadableFileError
from crimemap.jobs.data_version import DataVersion, data_version
from crimemap.jobs.registry import process
from crimemap.jobs.result import Progress, silent
from crimemap.jobs.writers import require_writable, write_result
from crimemap.workspace import Workspace

__all__ = ["Job", "JobDone", "pin_job", "read_job", "run_job"]

_LARGEST: Final = 1_000_000
_LIBRARIES: Final = ("geopandas", "h3", "matplotlib", "numpy", "pandas", "pyarrow", "pyogrio", "scipy", "shapely")
#: What a GeoPackage says it was last changed at: the day is not a property of the result.
_NO_DAY: Final = "2000-01-01T00:00:00.000Z"


class _Output(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str = Field(min_length=1, description="File to write, beside the job file; its ending says the kind.")


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    loads_sha256: str
    places_sha256: str
    boundaries: dict[str, str] = Field(default_factory=dict)
    lookups: dict[str, str] = Field(default_factory=dict)


class Job(BaseModel):
    """What a job file says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    process: str = Field(description="Process, as `crimemap.jobs.registry` names it.")
    seed: int | None = Field(default=None, ge=0, description="Seed, where the process draws.")
    inputs: dict[str, Any] = Field(default_factory=dict, description="What the process is asked.")
    output: _Output
    data: _Data | None = Field(default=None, description="The data that the job is for.")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobDone:
    """
    A job that was run.

    Attributes
    ----------
    manifest
        What made the files, and their hashes.
    manifest_path
        Where it was written.
    same_as_before
        Whether an earlier run gave the same bytes; None where there was none.
    differences
        In what the data differ from those that the job is for; empty where they do not or the job names none.
    result
        What the process says of its result.
    """

    manifest: dict[str, Any]
    manifest_path: Path
    same_as_before: bool | None
    differences: tuple[str, ...]
    result: dict[str, Any]


def read_job(path: Path) -> Job:
    """
    Read a job file.

    Raises
    ------
    UnreadableFileError
        If it is not there, not TOML, or says something that a job file does not.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise UnreadableFileError("this is too large for a job file", where=str(path), fix="Name the job file itself.")
        said = tomllib.loads(path.read_text("utf-8"))
        return Job.model_validate(said)
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFileError(
            "the job file cannot be read", where=str(path), fix="Check that it is there and is text."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise UnreadableFileError(f"this is not TOML: {error}", where=str(path), fix="See docs/backtest.md.") from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UnreadableFileError(
            f"{where}: {first['msg'][0].lower()}{first['msg'][1:]}",
            where=str(path),
            fix="A job file has process, inputs, output and perhaps seed and data.",
        ) from None


def _given(job: Job) -> dict[str, Any]:
    """Give the inputs, with the seed where the process takes one."""
    fields = process(job.process).inputs.model_fields
    if job.seed is None:
        return dict(job.inputs)
    if "seed" not in fields:
        raise ParameterError(f"{job.process} draws nothing, so it takes no seed", where="seed", fix="Leave it out.")
    if "seed" in job.inputs and job.inputs["seed"] != job.seed:
        raise ParameterError("the job has two seeds", where="seed", fix="Give it once.")
    return {**job.inputs, "seed": job.seed}


def run_job(workspace: Workspace, path: Path, *, other_data: bool = False, progress: Progress = silent) -> JobDone:
    """
    Run a job file, write its output and the manifest beside it.

    Parameters
    ----------
    workspace
        The workspace.
    path
        The job file. The output lies beside it.
    other_data
        Run although the data are not those that the job is for; the manifest says so.
    progress
        Is told what is being done.

    Raises
    ------
    ConflictError
        If the data are not those that the job is for.
    CrimemapError
        If the job cannot be read or run.
    """
    job = read_job(path)
    asked = process(job.process).checked(_given(job))
    target = path.absolute().parent / job.output.file
    require_writable(target, job.process)
    held = data_version(workspace.require())
    differences = () if job.data is None else tuple(_differences(job.data, held))
    if differences and not other_data:
        raise ConflictError(
            f"the data are not those that this job is for: {'; '.join(differences[:5])}",
            where=str(path),
            fix="Take the workspace that it was made with, or run it all the same with --other-data.",
        )
    result = process(job.process).run(workspace, asked, progress)
    said = result.to_json()
    progress("Writing", 0.9)
    with tempfile.TemporaryDirectory(prefix=".crimemap-", dir=target.parent) as folder, _without_dates():
        write_result(result, Path(folder) / target.name, process=job.process)
        files = sorted(Path(folder).iterdir())
        manifest = {
            "process": job.process,
            "inputs": asked.model_dump(mode="json"),
            "seed": job.seed,
            "crimemap": version("crimemap"),
            "libraries": {name: version(name) for name in _LIBRARIES},
            "data": held.to_json(),
            "data_as_pinned": None if job.data is None else not differences,
            "files": [
                {"file": file.name, "bytes": file.stat().st_size, "sha256": _sha256(file.read_bytes())} for file in files
            ],
            "result_sha256": _sha256(_canonical(said)),
        }
        for file in files:
            file.replace(target.with_name(file.name))
    manifest_path = target.with_name(f"{target.name}.manifest.json")
    before = _hashes(manifest_path)
    written = json.dumps(manifest, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    beside = manifest_path.with_name(f".{manifest_path.name}.part")
    beside.write_text(written, "utf-8")
    beside.replace(manifest_path)
    return JobDone(
        manifest=manifest,
        manifest_path=manifest_path,
        same_as_before=None if before is None else before == manifest["files"],
        differences=differences,
        result=said,
    )


def pin_job(workspace: Workspace, path: Path) -> DataVersion:
    """
    Write into a job file which data it is for.

    Raises
    ------
    ConflictError
        If it says so already.
    UnreadableFileError
        As `read_job`.
    """
    if read_job(path).data is not None:
        raise ConflictError(
            "the job says already which data it is for", where=str(path), fix="Take its [data] out to give it another."
        )
    held = data_version(workspace.require())
    lines = ["", "[data]", f'loads_sha256 = "{held.loads_sha256}"', f'places_sha256 = "{held.places_sha256}"']
    for name, table in (("boundaries", held.boundaries), ("lookups", held.lookups)):
        lines += ["", f"[data.{name}]", *(f'"{key}" = "{content}"' for key, content in table.items())]
    text = path.read_text("utf-8")
    path.write_text(text + ("" if text.endswith("\n") else "\n") + "\n".join(lines) + "\n", "utf-8")
    return held


def _differences(pinned: _Data, held: DataVersion) -> list[str]:
    return DataVersion(delta_versions={}, **pinned.model_dump()).differences(held)


def _canonical(said: dict[str, Any]) -> bytes:
    return json.dumps(said, sort_keys=True, allow_nan=False, default=str).encode()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _hashes(manifest: Path) -> Any:
    try:
        return json.loads(manifest.read_text("utf-8")).get("files")
    except (OSError, ValueError, AttributeError):
        return None


@contextmanager
def _without_dates() -> Iterator[None]:
    """Keep the hour of writing out of the files."""
    import pyogrio

    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _NO_DAY})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})

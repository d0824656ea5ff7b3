"""Commands that download."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from crimemap.cli.shared import JsonOption, WorkspaceOption, emit, reported, say, table

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from crimemap.fetch.watching import Watcher

__all__ = ["register"]

_fetch = typer.Typer(
    name="fetch", help="Download incidents, boundaries and postcodes from their publishers.", no_args_is_help=True
)

_WORDS = {
    "fetched": "fetched",
    "present": "already here",
    "no_data": "no data published",
    "not_published": "not in any archive",
}


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(_fetch)


class _Bar:
    """A watcher that draws on a terminal's standard error."""

    def __init__(self, progress: "Progress") -> None:
        self._progress = progress
        self._task: TaskID | None = None

    def begin(self, what: str, total: int | None) -> None:
        """Start a bar."""
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task(what, total=total)

    def advance(self, amount: int) -> None:
        """Move it."""
        if self._task is not None:
            self._progress.advance(self._task, amount)

    def note(self, text: str) -> None:
        """Write a line above it."""
        self._progress.console.print(text, markup=False, highlight=False)


class _Lines:
    """A watcher that writes what is worth a line, where standard error is no terminal."""

    def begin(self, what: str, total: int | None) -> None:  # noqa: ARG002 - a line has no length
        """Say what begins."""
        print(what, file=sys.stderr)

    def advance(self, amount: int) -> None:
        """Say nothing."""

    def note(self, text: str) -> None:
        """Say it."""
        print(text, file=sys.stderr)


@contextmanager
def _watching(as_json: bool) -> Iterator["Watcher"]:
    if as_json or not sys.stderr.isatty():
        from crimemap.fetch.watching import Silent

        yield Silent() if as_json else _Lines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield _Bar(progress)


def _megabytes(n: int) -> str:
    return f"{n / 1e6:,.1f} MB"


@_fetch.command("police-uk")
def police_uk(
    force: Annotated[
        list[str],
        typer.Option("--force", help="A force as in police.uk's addresses (south-wales), or 'all'. May be repeated."),
    ],
    first: Annotated[str, typer.Option("--from", metavar="YYYY-MM", help="The first month.")],
    last: Annotated[str | None, typer.Option("--to", metavar="YYYY-MM", help="The last month; --from if left out.")] = None,
    kinds: Annotated[str, typer.Option(help="Kinds of file, with commas between.")] = "street,outcomes,stop-and-search",
    url: Annotated[
        str | None,
        typer.Option(help="Another folder of archives, or one zip. Default: https://data.police.uk/data/archive/"),
    ] = None,
    ingest: Annotated[bool, typer.Option("--ingest", help="Go on to ingest what came.")] = False,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """
    Take the files of some forces and months out of the archives of data.police.uk.

    Only the files asked for are transferred where the server can give parts of an archive (the original can). Files that are
    here already, with the size and checksum that the archive states, are not fetched again, so an interrupted command can be
    given again. A month that a force did not publish is said to have no data; that is not an error.
    """
    with reported(as_json):
        from crimemap.pipeline.fetching import fetch_police_uk
        from crimemap.workspace import Workspace

        with _watching(as_json) as watcher:
            result = fetch_police_uk(
                Workspace(workspace),
                forces=force,
                first=first,
                last=last,
                kinds=kinds.split(","),
                url=url,
                ingest=ingest,
                watcher=watcher,
            )
        emit(result, as_json=as_json, show=lambda: _show_police_uk(result))


def _show_police_uk(result: dict[str, Any]) -> None:
    table(
        "",
        ("force", "kind", "months", "files", "MB", "what"),
        [
            (force, kind, months, *(_amount(files) if status in {"fetched", "present"} else ("", "")), _WORDS[status])
            for (force, kind, status, months), files in _runs(result["files"]).items()
        ],
        numeric=("files", "MB"),
    )
    totals = result["totals"]
    say(
        f"{totals['fetched']:,} files fetched, {totals['present']:,} were here already, "
        f"{totals['no_data'] + totals['not_published']:,} are not published; "
        f"{_megabytes(totals['received_bytes'])} transferred."
    )
    if result["ingest"] is not None:
        loaded = result["ingest"]["totals"]
        say(
            f"Ingested: {loaded['read']:,} rows read = {loaded['stored']:,} stored "
            f"+ {loaded['quarantined']:,} in quarantine; {loaded['unchanged']:,} files were loaded before."
        )
    elif result["next"]:
        say(f"Now say: {result['next']}")


def _amount(files: list[dict[str, Any]]) -> tuple[int, str]:
    return len(files), f"{sum(file['size'] for file in files) / 1e6:,.1f}"


def _runs(files: list[dict[str, Any]]) -> dict[tuple[str, str, str, str], list[dict[str, Any]]]:
    """Join months that follow one another and fared alike, so that a year of a force is one line."""
    from itertools import groupby

    from crimemap.periods import month_index

    runs: dict[tuple[str, str, str, str], list[dict[str, Any]]] = {}
    ordered = sorted(files, key=lambda file: (file["force"], file["kind"], file["month"]))
    keyed = [
        ((file["force"], file["kind"], file["status"], month_index(file["month"]) - at), file)
        for _, group in groupby(ordered, key=lambda file: (file["force"], file["kind"], file["status"]))
        for at, file in enumerate(group)
    ]
    for (force, kind, status, _), group in groupby(keyed, key=lambda pair: pair[0]):
        run = [file for _, file in group]
        first, last = run[0]["month"], run[-1]["month"]
        runs[force, kind, status, first if first == last else f"{first} to {last}"] = run
    return runs


@_fetch.command("areas")
def areas(
    area_type: Annotated[str, typer.Option("--type", help="The area type, for example csp (see the catalogue).")],
    vintage: Annotated[str, typer.Option("--vintage", metavar="YYYY", help="The year that the boundaries were drawn for.")],
    force: Annotated[str | None, typer.Option("--force", help="The force, for a type that belongs to one.")] = None,
    url: Annotated[
        str | None, typer.Option(help="Another feature service or layer. Default: the one that the catalogue names.")
    ] = None,
    add: Annotated[bool, typer.Option("--add", help="Go on to add the set to the workspace.")] = False,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """
    Fetch a boundary set from the ONS Open Geography portal, as GeoJSON in National Grid metres.

    The set is written once all of it is here: the service's own count must agree and no area may come twice.
    """
    with reported(as_json):
        from crimemap.pipeline.fetching import fetch_areas
        from crimemap.workspace import Workspace

        with _watching(as_json) as watcher:
            result = fetch_areas(
                Workspace(workspace), area_type=area_type, vintage=vintage, force=force, url=url, add=add, watcher=watcher
            )
        emit(result, as_json=as_json, show=lambda: _show_areas(result))


def _show_areas(result: dict[str, Any]) -> None:
    here = "already here" if result["status"] == "present" else "fetched"
    say(f"{result['set_id']}: {result['areas']:,} areas {here} ({_megabytes(result['size'])}, {result['crs']}).")
    say(result["file"])
    say(result["attribution"])
    if result["added"] is not None:
        say(f"Added as {result['added']['set_id']}: {result['added']['n_areas']:,} areas.")
    else:
        say(f"Now say: {result['next']}")


@_fetch.command("postcodes")
def postcodes(
    url: Annotated[
        str | None,
        typer.Option(
            help="Another product address, or a zip. Default: https://api.os.uk/downloads/v1/products/CodePointOpen"
        ),
    ] = None,
    add: Annotated[bool, typer.Option("--add/--no-add", help="Read the postcodes into the workspace.")] = True,
    workspace: WorkspaceOption = Path("workspace"),
    as_json: JsonOption = False,
) -> None:
    """Fetch Code-Point Open from the Ordnance Survey, check its MD5, and add its postcodes to the workspace."""
    with reported(as_json):
        from crimemap.cli.postcodes import show_added
        from crimemap.pipeline.fetching import fetch_postcodes
        from crimemap.workspace import Workspace

        with _watching(as_json) as watcher:
            result = fetch_postcodes(Workspace(workspace), url=url, add=add, watcher=watcher)

        def show() -> None:
            here = "already here" if result["status"] == "present" else "fetched"
            version = f" of {result['version']}" if result["version"] else ""
            say(f"Code-Point Open{version}: {here} ({_megabytes(result['size'])}).")
            say(result["file"])
            if result["added"] is not None:
                show_added(result["added"])
            else:
                say(f"Now say: {result['next']}")

        emit(result, as_json=as_json, show=show)

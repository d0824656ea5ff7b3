"""The `crimemap` command. Each module here adds the commands of one subject."""

import typer

from crimemap.cli import (
    analyse,
    analyse_backtest,
    analyse_clusters,
    analyse_hotspots,
    analyse_kde,
    analyse_ladder,
    analyse_time,
    analyse_vintages,
    areas,
    fetch,
    ingest,
    jobs,
    mergers,
    postcodes,
    release,
    run_job,
    serve,
    simulate,
    worker,
)

__all__ = ["app", "main"]

app = typer.Typer(
    name="crimemap",
    help="Crime mapping, hotspots and boundary alignment for England and Wales.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _root() -> None:
    """Crime mapping, hotspots and boundary alignment for England and Wales."""


for _module in (
    ingest,
    fetch,
    areas,
    postcodes,
    analyse,
    analyse_backtest,
    analyse_clusters,
    analyse_hotspots,
    analyse_kde,
    analyse_ladder,
    analyse_time,
    analyse_vintages,
    mergers,
    release,
    run_job,
    serve,
    simulate,
    jobs,
    worker,
):
    _module.register(app)


def main() -> None:
    """Run the command line."""
    app()

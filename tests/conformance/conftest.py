"""A real server that published clients are pointed at, unmodified but for the base address."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crimemap.products.builder import build_release
from crimemap.products.inputs import ReleaseOptions
from tests.api.release_fixture import InventedRelease, activate, make_release
from tests.api.server import RunningServer, serving
from tests.products.searchable import searchable_county


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory) -> InventedRelease:
    """An invented release that is active."""
    releases = tmp_path_factory.mktemp("conformance") / "releases"
    releases.mkdir()
    made = make_release(releases)
    activate(releases, made.id)
    return made


@pytest.fixture(scope="session")
def server(released: InventedRelease, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """The public application in a process of its own."""
    with serving(released.releases, Path(tmp_path_factory.mktemp("log")) / "log") as running:
        yield running


@pytest.fixture(scope="session")
def demo_server(demo_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """The same, of the demonstration county's release as the program itself built it."""
    with serving(demo_workspace / "releases", Path(tmp_path_factory.mktemp("log")) / "log") as running:
        yield running


@pytest.fixture(scope="session")
def lookups_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """The same, of a small county with postcodes."""
    releases = tmp_path_factory.mktemp("lookups") / "releases"
    activate(releases, build_release(searchable_county(), ReleaseOptions(), releases).release_id)
    with serving(releases, Path(tmp_path_factory.mktemp("log")) / "log") as running:
        yield running

"""One invented release for all tests of the public application, and a client of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.public import create_app
from crimemap.products.builder import build_release
from crimemap.products.inputs import ReleaseOptions
from crimemap.settings import PublicSettings
from tests.api.client import InProcess
from tests.api.release_fixture import InventedRelease, activate, make_release
from tests.products.county import county_of_mergers
from tests.products.searchable import searchable_county


@pytest.fixture(scope="session")
def invented(tmp_path_factory: pytest.TempPathFactory) -> InventedRelease:
    """A release that is active. Tests do not change it."""
    releases = tmp_path_factory.mktemp("public") / "releases"
    releases.mkdir()
    made = make_release(releases)
    activate(releases, made.id)
    return made


@pytest.fixture(scope="session")
def client(invented: InventedRelease) -> Iterator[InProcess]:
    """A client that is not limited."""
    app = create_app(PublicSettings(releases=invented.releases, rate_limit_per_second=0))
    made = InProcess(app)
    yield made
    made.close()


@pytest.fixture(scope="session")
def mergers_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of releases whose active one has partnerships to be merged: three of each make a command unit."""
    releases = tmp_path_factory.mktemp("mergers") / "releases"
    activate(releases, build_release(county_of_mergers(), ReleaseOptions(), releases).release_id)
    return releases


@pytest.fixture(scope="session")
def aligned(mergers_release: Path) -> Iterator[InProcess]:
    """A client of that release that is not limited."""
    made = InProcess(create_app(PublicSettings(releases=mergers_release, rate_limit_per_second=0)))
    yield made
    made.app.state.searches.close()
    made.close()


@pytest.fixture(scope="session")
def lookups_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory of releases whose active one has postcodes and knows what areas share."""
    releases = tmp_path_factory.mktemp("lookups") / "releases"
    activate(releases, build_release(searchable_county(), ReleaseOptions(), releases).release_id)
    return releases


@pytest.fixture(scope="session")
def lookups(lookups_release: Path) -> Iterator[InProcess]:
    """A client of that release that is not limited."""
    made = InProcess(create_app(PublicSettings(releases=lookups_release, rate_limit_per_second=0)))
    yield made
    made.close()

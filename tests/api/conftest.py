"""One invented release for all tests of the public application, and a client of it."""

from collections.abc import Iterator

import pytest

from api.public import create_app
from crimemap.settings import PublicSettings
from tests.api.client import InProcess
from tests.api.release_fixture import InventedRelease, activate, make_release


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

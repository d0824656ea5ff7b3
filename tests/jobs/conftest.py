import pytest

from crimemap.workspace import Workspace
from tests.jobs.made import build


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Give the small workspace, for reading only."""
    return build(tmp_path_factory.mktemp("jobs"))


@pytest.fixture(scope="session")
def without_forces(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Give the same without police force areas, for reading only."""
    return build(tmp_path_factory.mktemp("jobs"), with_forces=False)

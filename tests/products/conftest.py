import pytest

from crimemap.errors import NotFoundError
from crimemap.products.builder import build_release
from crimemap.products.inputs import ReleaseOptions
from crimemap.resources import web_path
from tests.products.county import county


@pytest.fixture(scope="session", autouse=True)
def _assets():
    try:
        web_path()
    except NotFoundError as error:  # pragma: no cover - `make assets` comes first everywhere
        pytest.fail(str(error))


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """Give a release of open data."""
    return build_release(county(), ReleaseOptions(), tmp_path_factory.mktemp("open"))


@pytest.fixture(scope="session")
def confidential(tmp_path_factory):
    """Give a release of confidential data."""
    return build_release(county("confidential"), ReleaseOptions(), tmp_path_factory.mktemp("confidential"))


@pytest.fixture(scope="session")
def bilingual(tmp_path_factory):
    """Give a release of open data whose pages are in English and in Welsh."""
    return build_release(county(), ReleaseOptions(languages=("en", "cy")), tmp_path_factory.mktemp("bilingual"))

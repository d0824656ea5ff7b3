"""Where the real data is, if it is: beside the checkout as ../shared/data, or where CRIMEMAP_TEST_DATA says."""

import os
from pathlib import Path

import pytest

REAL_DATA = Path(os.environ.get("CRIMEMAP_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))
needs_real_data = pytest.mark.skipif(
    not (REAL_DATA / "police-uk").is_dir(), reason="the real data is not beside the checkout (set CRIMEMAP_TEST_DATA)"
)

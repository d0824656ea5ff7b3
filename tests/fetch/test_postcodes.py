import hashlib
import json

import pytest

from crimemap.errors import FetchError
from crimemap.fetch.postcodes import fetch_postcodes
from tests.fetch.server import File, Mood, Redirect
from tests.fetch.zips import noise, zipped

ZIP = zipped({"Data/CSV/cf.csv": noise("postcodes", 50_000)})
PRODUCT = "/downloads/v1/products/CodePointOpen"


def publish(site, store, *, content=ZIP, **changes):
    """Publish as the Ordnance Survey does: a list, and for each file an address that redirects to a signed one."""
    entry = {
        "md5": hashlib.md5(ZIP, usedforsecurity=False).hexdigest(),
        "size": len(ZIP),
        "url": f"{site.url}{PRODUCT}/downloads/file?area=GB&format=CSV&redirect",
        "format": "CSV",
        "area": "GB",
        "fileName": "codepo_gb.zip",
    }
    gpkg = entry | {"format": "GeoPackage", "fileName": "codepo_gpkg_gb.zip"}
    listed = json.dumps([gpkg, {key: value for key, value in (entry | changes).items() if value is not None}]).encode()
    site.paths[PRODUCT] = File(json.dumps({"id": "CodePointOpen", "version": "2025-05"}).encode())
    site.paths[f"{PRODUCT}/downloads"] = File(listed)
    site.paths[f"{PRODUCT}/downloads/file"] = Redirect(f"{store.url}/signed/codepo_gb.zip?sig=secret", 307)
    store.paths["/signed/codepo_gb.zip"] = File(content)
    return f"{site.url}{PRODUCT}"


def test_it_comes_with_its_size_and_checksum_checked(site, other_site, client, tmp_path):
    found = fetch_postcodes(client, tmp_path, url=publish(site, other_site))
    assert found.path == tmp_path / "codepo_gb_2025-05.zip"
    assert found.path.read_bytes() == ZIP
    assert (found.status, found.version) == ("fetched", "2025-05")
    assert "secret" not in (tmp_path / "manifest.json").read_text()


def test_it_is_not_fetched_again_while_the_checksum_is_the_same(site, other_site, client, tmp_path):
    url = publish(site, other_site)
    fetch_postcodes(client, tmp_path, url=f"{url}/downloads?area=GB&format=CSV&redirect")
    assert fetch_postcodes(client, tmp_path, url=url).status == "present"
    assert len(other_site.seen) == 1
    (tmp_path / "codepo_gb_2025-05.zip").write_bytes(ZIP[:-1] + b"x")
    assert fetch_postcodes(client, tmp_path, url=url).status == "fetched"


def test_it_is_resumed_where_it_broke(site, other_site, client, tmp_path):
    url = publish(site, other_site)
    other_site.moods += [Mood(drop_after=20_000)]
    assert fetch_postcodes(client, tmp_path, url=url).path.read_bytes() == ZIP
    assert other_site.seen[-1].headers["range"] == "bytes=20000-"


def test_a_file_with_another_checksum_is_refused(site, other_site, client, tmp_path):
    url = publish(site, other_site, content=ZIP[:-1] + b"!")
    with pytest.raises(FetchError, match="its MD5 checksum is another"):
        fetch_postcodes(client, tmp_path, url=url)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"format": "GML"}, "none of the 2 files offered"),
        ({"area": "HP"}, "none of the 2 files offered"),
        ({"url": None}, "gives no address"),
        ({"url": "file:///etc/passwd"}, "not a web address"),
        ({"md5": "short"}, "an MD5 that is none"),
    ],
)
def test_a_list_that_offers_nothing_usable_is_refused(site, client, tmp_path, changes, reason):
    with pytest.raises(FetchError, match=reason):
        fetch_postcodes(client, tmp_path, url=publish(site, site, **changes))


def test_what_is_no_zip_is_not_kept(site, client, tmp_path):
    site.paths["/codepo.zip"] = File(b"<html>Sorry</html>")
    with pytest.raises(FetchError, match="what came is not a zip"):
        fetch_postcodes(client, tmp_path, url=f"{site.url}/codepo.zip")
    assert not list(tmp_path.iterdir())


def test_a_zip_can_be_named(site, client, tmp_path):
    site.paths["/codepo.zip"] = File(ZIP)
    found = fetch_postcodes(client, tmp_path, url=f"{site.url}/codepo.zip")
    assert found.path.read_bytes() == ZIP
    assert found.version is None

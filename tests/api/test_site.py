"""The static site: right types, no way out of its folder, and maps that run their own scripts only."""

import base64
import hashlib
from pathlib import Path

import pytest

from api.site import map_policy, site_file
from tests.api.client import InProcess
from tests.api.release_fixture import InventedRelease


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/", "text/html"), ("/index.html", "text/html"), ("/forces/", "text/html"), ("/assets/site.css", "text/css")],
)
def test_files_have_their_types(client: InProcess, path: str, kind: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(kind)


def test_a_folder_has_one_address(client: InProcess) -> None:
    answer = client.get("/forces")
    assert (answer.status_code, answer.headers["location"]) == (308, "/forces/")
    assert client.get("//forces").headers["location"] == "/forces/"


def test_what_is_not_there_gets_the_sites_own_page(client: InProcess) -> None:
    for path in ("/nothing", "/assets", "/assets/", "/index.html/", "/apis", "/v10/x"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "Not here" in answer.text, "no listing"


@pytest.mark.parametrize(
    "path",
    [
        "/../manifest.json",
        "/..%2fmanifest.json",
        "/%2e%2e/manifest.json",
        "/assets/..%5c..%5cmanifest.json",
        "/%2e%2e%2frelease.duckdb",
        "/.hidden",
        "/assets/%00",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/outside.txt",
        "/linked/manifest.json",
    ],
)
def test_no_path_leads_out_of_the_site(client: InProcess, invented: InventedRelease, path: str) -> None:
    site = invented.folder / "site"
    (site / ".hidden").write_text("hidden")
    if not (site / "outside.txt").is_symlink():
        (site / "outside.txt").symlink_to(invented.folder / "manifest.json")
        (site / "linked").symlink_to(invented.folder)
    answer = client.get(path)
    assert answer.status_code == 404
    assert "sources" not in answer.text
    assert "hidden" not in answer.text


def test_names_that_no_file_can_have_are_not_found(tmp_path: Path) -> None:
    for path in ("/" + "x" * 5000, "/a\nb", "/\ud800", "/a\\b"):
        assert site_file(tmp_path, path) is None


def test_a_part_of_a_file_can_be_asked_for(client: InProcess) -> None:
    answer = client.get("/assets/site.css", headers={"Range": "bytes=0-3"})
    assert (answer.status_code, answer.text) == (206, "body")


def test_a_map_runs_its_own_scripts_and_no_other(client: InProcess) -> None:
    script = b'\nlet a = "<b>";\n'
    digest = base64.b64encode(hashlib.sha256(script).digest()).decode()
    policy = client.get("/maps/a.html").headers["content-security-policy"]
    assert f"script-src 'self' 'sha256-{digest}';" in policy
    assert "unsafe" not in policy


def test_styles_inside_a_map_are_allowed_only_where_there_are_some() -> None:
    assert "style-src 'self';" in map_policy(b"<p>style=</p>")
    assert "'unsafe-inline'" in map_policy(b'<p style="color: red">')
    assert "'unsafe-inline'" in map_policy(b"<style>p {}</style>")
    assert "unsafe-inline" not in map_policy(b"<script>1</script>").partition("style-src")[0]

import re
from urllib.parse import urlsplit

import pytest

from crimemap.areas.catalogue import area_type, area_types
from crimemap.areas.columns import choose_columns
from crimemap.errors import NotFoundError, ParameterError


@pytest.mark.parametrize("kind", area_types().values(), ids=lambda kind: kind.id)
def test_every_type_says_whose_it_is_under_what_terms_and_what_its_codes_look_like(kind):
    assert kind.name
    assert kind.plural
    assert kind.publisher
    assert kind.licence
    assert kind.attribution
    assert kind.code_columns
    assert kind.name_columns
    for pattern in (kind.code_pattern, *kind.code_columns, *kind.name_columns):
        re.compile(pattern)
    vintages = [download.vintage for download in kind.downloads]
    assert len(set(vintages)) == len(vintages)
    for download in kind.downloads:
        address = urlsplit(download.url)
        assert address.scheme == "https"
        assert address.path.endswith("/FeatureServer/0")


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("bcu", "NA EA AW"),
        ("csp", "E22000027 W14000023"),
        ("lad", "E06000001 E07000008 E08000001 E09000001 W06000001"),
        ("county", "E10000003"),
        ("ctyua", "E10000003 E06000001 W06000016"),
        ("pfa", "E23000001 W15000003"),
        ("neighbourhood", "NC04 00BKX6 GARN4.LAK E05000026_N"),
        ("ward", "E05000026 W05000632"),
        ("lsoa", "E01000001 W01000001"),
        ("msoa", "E02000001 W02000001"),
    ],
)
def test_codes_in_use_are_of_their_type(kind, codes):
    assert all(area_type(kind).is_code(code) for code in codes.split())


@pytest.mark.parametrize("kind", ["csp", "lad", "county", "ctyua", "pfa", "ward", "lsoa", "msoa"])
def test_codes_of_another_country_or_with_something_around_them_are_not(kind):
    for code in ("S12000036", "N09000003", "FR101", "", " E22000027", "E22000027\n", "E2200002", "e22000027"):
        assert not area_type(kind).is_code(code)


@pytest.mark.parametrize(
    ("kind", "fields", "found"),
    [
        ("csp", ["OBJECTID", "CSP20CD", "CSP20NM", "PFA20CD"], ("CSP20CD", "CSP20NM")),
        ("lad", ["lad24_code", "lad24_name"], ("lad24_code", "lad24_name")),
        ("ctyua", ["UTLA24CD", "UTLA24NM", "PFA24CD"], ("UTLA24CD", "UTLA24NM")),
        ("ward", ["ward21_name", "ward21_code"], ("ward21_code", "ward21_name")),
        ("neighbourhood", ["ward21_name", "ward21_code"], ("ward21_code", "ward21_name")),
        ("bcu", ["lad_code", "bcu_name", "bcu_code", "force_code"], ("bcu_code", "bcu_name")),
        ("pfa", ["area_code", "area_name", "pfa_code"], ("area_code", "area_name")),
        ("lsoa", ["LSOA21CD", "LSOA11CD"], ("LSOA21CD", None)),
    ],
)
def test_usual_columns_are_recognised(kind, fields, found):
    assert choose_columns(fields, area_type(kind), "2021", code=None, name=None, where="x") == found


def test_an_unknown_download_says_which_vintages_there_are():
    with pytest.raises(NotFoundError, match=r"community safety partnerships of 1999.*It has 2023"):
        area_type("csp").download("1999")
    with pytest.raises(NotFoundError, match="No national set is published"):
        area_type("bcu").download("2018")
    with pytest.raises(ParameterError, match=r"'borough' is not an area type.*Use one of bcu, csp"):
        area_type("borough")
    assert area_type("csp").download("2023").resolution == "BFC"

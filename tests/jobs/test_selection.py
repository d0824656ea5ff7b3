import pytest

from crimemap.errors import EmptyInputError, NotFoundError, ParameterError
from crimemap.incidents.store import IncidentStore
from crimemap.jobs.selection import Selection, choose
from crimemap.pipeline.ingest import ingest
from crimemap.workspace import Workspace
from tests.incidents.made import csv_text, folder_of, name_of
from tests.jobs.made import EAST_FORCE, MONTHS, WEST_FORCE, build, street


def _choose(workspace, **asked):
    with IncidentStore(workspace).connect() as con:
        return choose(con, Selection(**asked))


def test_the_period_ends_with_the_latest_month_and_starts_with_data(made):
    chosen = _choose(made)
    assert chosen.months == list(MONTHS)
    assert chosen.forces == (EAST_FORCE, WEST_FORCE)


def test_months_without_data_are_listed_and_not_taken_as_without_crime(made):
    assert _choose(made).missing() == [{"force": EAST_FORCE, "months": ["2024-03"]}]
    assert _choose(made, force=WEST_FORCE, last_month="2024-05").missing() == [{"force": WEST_FORCE, "months": ["2024-05"]}]


def test_both_ends_given_are_in_the_period(made):
    assert _choose(made, first_month="2024-02", last_month="2024-03").months == ["2024-02", "2024-03"]


def test_an_offence_type_is_found_by_its_name_and_by_its_slug(made):
    for asked in ("Anti-social behaviour", "anti-social-behaviour"):
        assert _choose(made, offence=asked).offence_types == ("Anti-social behaviour",)


def test_what_is_not_there_is_named_with_what_is(made):
    with pytest.raises(NotFoundError, match=r"no incidents of this force.*east-demoshire, west-demoshire"):
        _choose(made, force="atlantis")
    with pytest.raises(NotFoundError, match=r"offence type.*Burglary"):
        _choose(made, offence="piracy")
    with pytest.raises(NotFoundError, match=r"source.*police\.uk"):
        _choose(made, source="elsewhere")


def test_a_period_without_data_says_when_there_are_some(made):
    with pytest.raises(EmptyInputError, match=r"no data from 2019-01 to 2019-02.*Data run from 2024-01 to 2024-04"):
        _choose(made, first_month="2019-01", last_month="2019-02")


@pytest.mark.parametrize("months", [{"first_month": "2024-13"}, {"last_month": "January"}])
def test_a_month_is_written_with_four_and_two_digits(months):
    with pytest.raises(ParameterError, match="is not a month"):
        Selection(**months)


def test_a_period_that_ends_before_it_starts_is_refused(made):
    with pytest.raises(ParameterError, match="holds no month"):
        _choose(made, first_month="2024-03", last_month="2024-01")


def test_an_empty_workspace_says_to_ingest(tmp_path):
    with pytest.raises(EmptyInputError, match="crimemap ingest"):
        _choose(Workspace(tmp_path).create())


@pytest.fixture(scope="module")
def two_sources(tmp_path_factory) -> Workspace:
    """The small workspace, with the western force's own records of one month beside the published ones."""
    folder = tmp_path_factory.mktemp("two-sources")
    workspace = build(folder)
    records = folder / "own.csv"
    records.write_text(
        "ref,when,what,east,north\n" + "".join(f"R{i},2024-02,Burglary,{400_100 + i},250100\n" for i in range(1, 8))
    )
    source = folder / "own.toml"
    source.write_text(
        'name = "own-records"\nkind = "confidential"\nforce = "west-demoshire"\ncrs = "EPSG:27700"\n'
        '[columns]\nid = "ref"\nmonth = "when"\noffence_type = "what"\neasting = "east"\nnorthing = "north"\n'
    )
    ingest(workspace, [records], source=source)
    return workspace


def test_a_month_held_by_two_sources_is_not_counted_twice(two_sources):
    with pytest.raises(ParameterError, match=r"2024-02 of west-demoshire \(own-records, police\.uk\).*--source"):
        _choose(two_sources)
    assert _choose(two_sources, source="police.uk").months == list(MONTHS)
    assert _choose(two_sources, force=EAST_FORCE).sources == (("police.uk", "open"),)


def test_a_result_says_when_confidential_sources_were_used(two_sources):
    chosen = _choose(two_sources, source="own-records", force=WEST_FORCE)
    assert chosen.confidential
    assert chosen.to_json()["sources"] == [{"source": "own-records", "kind": "confidential"}]
    assert not _choose(two_sources, source="police.uk").confidential


def test_rows_of_a_second_archive_do_not_add_to_the_first(two_sources, tmp_path):
    rows = [street("2024-01", 400_500, 250_500)]
    ingest(two_sources, [folder_of(tmp_path / "later", {name_of("2024-01", "third-demoshire"): csv_text(rows)})])
    assert "third-demoshire" in _choose(two_sources, source="police.uk").forces

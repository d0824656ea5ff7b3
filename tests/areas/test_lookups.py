import pytest

from crimemap.areas.catalogue import area_type
from crimemap.areas.lookup_files import read_lookup, read_statistics
from crimemap.areas.store import AreaStore
from crimemap.errors import EmptyInputError, InputError, NotFoundError, ParameterError, UnreadableFileError
from crimemap.pipeline.lookups import add_lookup, add_statistics, list_lookups
from crimemap.workspace import Workspace

LAD, CSP, BCU, LSOA = (area_type(name) for name in ("lad", "csp", "bcu", "lsoa"))


@pytest.fixture
def workspace(tmp_path) -> Workspace:
    return Workspace(tmp_path / "workspace")


def csv(tmp_path, text, name="lookup.csv"):
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_columns_are_recognised_and_codes_are_texts(tmp_path):
    path = csv(tmp_path, "\ufeffLAD17CD,LAD17NM,CSP17CD,CSP17NM\nE06000001,Hartlepool,E22000027,Hartlepool\n")
    read = read_lookup(path, LAD, CSP, "2017")
    assert read.table.to_dict(orient="records") == [
        {"child_code": "E06000001", "parent_code": "E22000027", "parent_name": "Hartlepool"}
    ]


def test_na_is_a_parent_and_an_empty_cell_is_none(tmp_path):
    path = csv(tmp_path, "lad_code,bcu_code,bcu_name\nE09000010,NA,North Area\nE09000014,NA,North Area\n,WA,Heathrow\n")
    read = read_lookup(path, LAD, BCU, "2018")
    assert set(read.table["parent_code"]) == {"NA"}
    assert (read.read, len(read.table), read.without_code, read.repeated) == (3, 2, 1, 0)


def test_children_of_several_parents_are_kept_and_named(tmp_path, workspace):
    path = csv(
        tmp_path,
        "ltla24_code,csp24_code\nE06000063,E22000001\nE06000063,E22000002\nE06000063,E22000002\nE06000064,E22000003\n",
    )
    result = add_lookup(workspace, path, child="lad", parent="csp", vintage="2024")
    assert result["several_parents"] == ("E06000063",) or result["several_parents"] == ["E06000063"]
    assert (result["read"], result["stored"], result["repeated"]) == (4, 3, 1)
    table = AreaStore(workspace).lookup("lad", "csp")
    assert list(table.columns) == ["child_code", "parent_code"]
    assert len(table) == 3


def test_the_latest_vintage_is_given_unless_one_is_named(tmp_path, workspace):
    for vintage, parent in (("2017", "E22000001"), ("2024", "E22000002")):
        path = csv(tmp_path, f"lad_code,csp_code\nE06000001,{parent}\n", f"{vintage}.csv")
        add_lookup(workspace, path, child="lad", parent="csp", vintage=vintage)
    store = AreaStore(workspace)
    assert store.lookup("lad", "csp")["parent_code"].tolist() == ["E22000002"]
    assert store.lookup("lad", "csp", "2017")["parent_code"].tolist() == ["E22000001"]
    with pytest.raises(NotFoundError, match=r"no lookup from lad to csp of 2020.*2017, 2024"):
        store.lookup("lad", "csp", "2020")
    with pytest.raises(NotFoundError, match="crimemap lookups add"):
        store.lookup("lad", "pfa")


def test_rows_can_be_chosen(tmp_path):
    path = csv(tmp_path, "force,period,lad_code,bcu\nX,2002,E06000001,A\nX,2024,E06000001,B\nY,2024,E06000002,C\n")
    read = read_lookup(path, LAD, BCU, "2024", where=["force=X", "period=2024"])
    assert read.table["parent_code"].tolist() == ["B"]
    with pytest.raises(ParameterError, match="'force' is not a condition"):
        read_lookup(path, LAD, BCU, "2024", where=["force"])
    with pytest.raises(EmptyInputError, match="no row is left"):
        read_lookup(path, LAD, BCU, "2024", where=["force=Z"])


def test_malformed_codes_are_refused_with_the_first_line(tmp_path):
    path = csv(tmp_path, "lad_code,csp_code\nE06000001,E22000001\n\nE06000002,Hartlepool\n")
    with pytest.raises(InputError, match=r"1 of 2 rows .* column csp_code, the first on line 4"):
        read_lookup(path, LAD, CSP, "2017")
    assert len(read_lookup(path, LAD, CSP, "2017", any_codes=True).table) == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no header"),
        (b"\xff\xfel\x00a\x00", "not UTF-8"),
        (b"lad_code,lad_code\n", "'lad_code' comes twice"),
        (b"lad_code,csp_code\nE06000001\n", "line 2 has 1 cells, the header has 2"),
        (b'lad_code,csp_code\n"E06000001', "not CSV"),
    ],
)
def test_what_is_not_csv_is_refused_with_its_reason(tmp_path, content, said):
    with pytest.raises(UnreadableFileError, match=said):
        read_lookup(csv(tmp_path, content), LAD, CSP, "2017")


def test_population_and_households_are_kept_by_vintage(tmp_path, workspace):
    path = csv(tmp_path, 'LSOA11CD,persons,hh\nE01000002,"1,200",500\nE01000001,900,400\nE01000003,,\n')
    result = add_statistics(workspace, path, area="lsoa:LSOA11CD", population="persons", households="hh", vintage="2011")
    assert [(one["measure"], one["total"], one["without_number"]) for one in result["statistics"]] == [
        ("population", 2100.0, 1),
        ("households", 900.0, 1),
    ]
    people = AreaStore(workspace).statistics("lsoa", "population")
    assert people.to_dict() == {"E01000001": 900.0, "E01000002": 1200.0}
    assert people.name == "population"
    again = add_statistics(workspace, path, area="lsoa:LSOA11CD", population="persons", vintage="2011")
    assert not again["statistics"][0]["changed"]
    assert [one["lookup_id"] for one in list_lookups(workspace)["lookups"]] == [
        "lsoa-households-2011",
        "lsoa-population-2011",
    ]


def test_no_data_is_not_zero(tmp_path):
    path = csv(tmp_path, "lsoa_code,persons\nE01000001,0\nE01000002,\n")
    read = read_statistics(path, LSOA, "2011", column="persons")
    assert read.table.to_dict(orient="records") == [{"area_code": "E01000001", "value": 0.0}]


@pytest.mark.parametrize("cell", ["-1", "many", "inf", "nan"])
def test_a_cell_that_is_no_number_of_people_is_refused_with_its_line(tmp_path, cell):
    path = csv(tmp_path, f"lsoa_code,persons\nE01000001,5\nE01000002,{cell}\n")
    with pytest.raises(InputError, match=r"1 cells of column persons .* the first on line 3"):
        read_statistics(path, LSOA, "2011", column="persons")


def test_an_area_with_two_numbers_is_refused(tmp_path):
    path = csv(tmp_path, "lsoa_code,persons\nE01000001,5\nE01000001,6\n")
    with pytest.raises(InputError, match="1 areas have two different numbers"):
        read_statistics(path, LSOA, "2011", column="persons")


def test_a_refused_lookup_leaves_no_workspace_behind(tmp_path, workspace):
    with pytest.raises(InputError):
        add_lookup(workspace, csv(tmp_path, "lad_code,csp_code\nx,y\n"), child="lad", parent="csp", vintage="2017")
    with pytest.raises(NotFoundError):
        add_statistics(workspace, tmp_path / "none.csv", area="lsoa", population="persons", vintage="2011")
    with pytest.raises(ParameterError, match="'borough' is not an area type"):
        add_lookup(workspace, tmp_path / "none.csv", child="borough", parent="csp", vintage="2017")
    assert not workspace.root.exists()


@pytest.mark.parametrize(("header", "option"), [("x,csp_code", "--child"), ("lad_code,x", "--parent")])
def test_a_column_that_is_not_recognised_is_asked_for_by_the_option_that_names_it(tmp_path, workspace, header, option):
    with pytest.raises(ParameterError, match=f"Name it with {option}") as told:
        add_lookup(workspace, csv(tmp_path, f"{header}\n1,2\n"), child="lad", parent="csp", vintage="2017")
    assert "--code" not in str(told.value)

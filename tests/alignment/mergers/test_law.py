import pytest

from crimemap.alignment.mergers.law import Area, review
from crimemap.alignment.mergers.rules import RULES
from crimemap.errors import InputError, NotFoundError
from tests.alignment.mergers.made import neighbours

AREAS = {
    area.code: area
    for area in (
        Area(code="E07000171", name="Bassetlaw", county="Nottinghamshire", forces=("Nottinghamshire",)),
        Area(code="E07000175", name="Newark and Sherwood", county="Nottinghamshire", forces=("Nottinghamshire",)),
        Area(code="E07000172", name="Broxtowe", county="Nottinghamshire", forces=("Nottinghamshire",)),
        Area(
            code="E06000018", name="Nottingham", forces=("Nottinghamshire",),
            fire=("Nottinghamshire Fire",), health=("Nottingham ICB",), probation=("East Midlands Probation",),
        ),
        Area(code="E08000018", name="Rotherham", forces=("South Yorkshire",)),
        Area(code="W06000015", name="Cardiff", forces=("South Wales",)),
        Area(code="W06000014", name="Vale of Glamorgan", forces=("South Wales",)),
    )
}  # fmt: skip


def roles(found):
    return {(party.role, party.name) for party in found.parties}


def test_every_responsible_authority_is_a_party():
    # s5A(1): "A combination agreement ... may be made only if every responsible authority ... is a party to the agreement."
    found = review(["E07000171", "E07000175"], AREAS)
    assert found.route == "combination agreement"
    assert {("council", "Bassetlaw"), ("council", "Newark and Sherwood")} <= roles(found)
    assert ("chief officer of police", "Nottinghamshire") in roles(found)
    assert {party.role for party in found.parties} >= {
        "fire and rescue authority", "integrated care board", "provider of probation services", "local policing body",
    }  # fmt: skip
    assert {party.rule for party in found.parties} <= set(RULES)


def test_the_county_council_is_a_party_where_a_district_is_not_unitary():
    # s5(1)(a): "where the area is a district and the council is not a unitary authority, the council for the county which
    # includes the district"
    assert ("county council", "Nottinghamshire") in roles(review(["E07000171", "E07000175"], AREAS))
    assert not {role for role, _ in roles(review(["E06000018"], AREAS))} & {"county council"}


def test_across_police_areas_the_secretary_of_state_is_a_party_and_policing_bodies_must_co_operate():
    # s5A(5): "The Secretary of State must be a party to the agreement"; s5A(4): "arrangements for securing effective and
    # efficient co-operation between each of the relevant local policing bodies"
    found = review(["E07000171", "E08000018"], AREAS)
    assert found.cross_force
    assert ("Secretary of State", "Secretary of State") in roles(found)
    assert sum(party.role == "local policing body" for party in found.parties) == 2
    assert any("co-operation between the policing bodies" in note for note in found.notes)


def test_within_one_police_area_the_secretary_of_state_is_not_a_party():
    found = review(["E07000171", "E07000175"], AREAS)
    assert not found.cross_force
    assert ("Secretary of State", "Secretary of State") not in roles(found)


def test_in_wales_there_is_no_combination_agreement():
    # s5(1A): "two or more local government areas in England may ..."
    found = review(["W06000015", "W06000014"], AREAS)
    assert (found.wales, found.route) == (True, "no combination agreement")
    assert "local policing body" not in {party.role for party in found.parties}
    # s5(1)(f): "if the local government area is in Wales, every Local Health Board"
    assert {party.role for party in found.parties} >= {"Local Health Board"}
    assert "integrated care board" not in {party.role for party in found.parties}


def test_a_border_of_england_and_wales_is_no_place_for_an_agreement():
    found = review(["E06000018", "W06000015"], AREAS)
    assert found.route == "no combination agreement"
    assert {party.role for party in found.parties} >= {"Local Health Board", "integrated care board"}


def test_a_split_county_is_flagged_and_a_whole_one_is_not():
    assert review(["E07000171", "E07000175"], AREAS).split_counties == ("Nottinghamshire",)
    assert review(["E07000171", "E07000175", "E07000172"], AREAS).split_counties == ()


def test_areas_that_do_not_border_are_flagged():
    near = neighbours(AREAS, [("E07000171", "E07000175")])
    assert review(["E07000171", "E07000175"], AREAS, contiguity=near).contiguous is True
    apart = review(["E07000171", "E07000172"], AREAS, contiguity=near)
    assert apart.contiguous is False
    assert any("do not border" in note for note in apart.notes)
    assert review(["E07000171"], AREAS).contiguous is None


def test_one_area_alone_needs_no_agreement():
    found = review(["E07000171"], AREAS)
    assert (found.route, found.needs_agreement, found.split_counties) == ("none needed", False, ())


def test_bodies_that_are_not_known_are_to_be_looked_up():
    named = review(["E06000018"], AREAS)
    assert all(party.named for party in named.parties)
    mixed = review(["E06000018", "E07000172"], AREAS)
    assert {party.role for party in mixed.parties if not party.named} == {
        "fire and rescue authority", "integrated care board", "provider of probation services",
    }  # fmt: skip
    assert any("look up" in note for note in mixed.notes)


@pytest.mark.parametrize(
    ("codes", "error", "said"),
    [
        (["E07000999"], NotFoundError, "no area 'E07000999'"),
        ([], NotFoundError, "no area is named"),
        (["E06000018", "E06000018"], InputError, "named twice"),
    ],
)
def test_codes_that_cannot_be_are_refused(codes, error, said):
    with pytest.raises(error, match=said):
        review(codes, AREAS)


def test_an_area_without_a_police_area_is_refused():
    with pytest.raises(InputError, match="E06000001 has no police area"):
        review(["E06000001"], {"E06000001": Area(code="E06000001", name="Hartlepool")})

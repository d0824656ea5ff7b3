import pytest

from crimemap.disclosure.policy import SENSITIVE_FOLD, Policy, SourceKind, fold_offence_type, stricter
from crimemap.errors import ParameterError


@pytest.mark.parametrize(
    "name",
    ["Rape of a female", "Sexual activity with a child", "Domestic abuse incident", "Stalking", "Modern Slavery", "Murder"],
)
def test_types_that_tell_of_a_private_life_never_stand_alone(name):
    assert fold_offence_type(name) == SENSITIVE_FOLD


@pytest.mark.parametrize(
    "name", ["Burglary", "Anti-social behaviour", "Violence and sexual offences", "Shoplifting", "Drugs"]
)
def test_ordinary_types_keep_their_names(name):
    assert fold_offence_type(name) == name


def test_one_confidential_source_makes_the_whole_confidential():
    assert stricter([SourceKind.OPEN, SourceKind.CONFIDENTIAL]) is SourceKind.CONFIDENTIAL


def test_a_kind_that_is_not_known_counts_as_confidential():
    assert stricter(["open", "misspelt"]) is SourceKind.CONFIDENTIAL


@pytest.mark.parametrize("threshold", [0, 1, 2])
def test_a_threshold_that_protects_nobody_is_refused(threshold):
    with pytest.raises(ParameterError, match="protects nobody"):
        Policy(threshold=threshold)

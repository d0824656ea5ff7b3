"""The shapes of the answers under `/api`, as data.police.uk gives them: documentation that a machine can read."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "Category",
    "Crime",
    "CrimeOutcomes",
    "Event",
    "Force",
    "ForceDetail",
    "LastUpdated",
    "Located",
    "MonthHeld",
    "Neighbourhood",
    "NeighbourhoodDetail",
    "Outcome",
    "Person",
    "Point",
    "Priority",
    "StopAndSearch",
]

_CONTACT = "Only what is known: email, telephone, mobile, web, facebook, twitter and others."

ContactDetails = Annotated[dict[str, str], Field(description=_CONTACT, examples=[{"email": "team@example.org"}])]
Moment = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$", examples=["2025-03-01T19:30:00"])]
Month = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", examples=["2025-03"])]
Degrees = Annotated[str, Field(pattern=r"^-?\d{1,3}\.\d{6}$", description="Degrees, as text.", examples=["52.629909"])]


class Force(BaseModel):
    """A police force."""

    id: str = Field(examples=["leicestershire"])
    name: str = Field(examples=["Leicestershire Police"])


class EngagementMethod(BaseModel):
    """A way to reach a force."""

    url: str
    type: str
    description: str
    title: str


class ForceDetail(Force):
    """A police force and how to reach it."""

    description: str
    url: str
    telephone: str
    engagement_methods: list[EngagementMethod]


class Person(BaseModel):
    """A senior officer, or a member of a neighbourhood team."""

    name: str
    rank: str | None
    bio: str | None
    contact_details: ContactDetails


class Neighbourhood(BaseModel):
    """A neighbourhood; its id is unique within its force."""

    id: str = Field(examples=["NC04"])
    name: str = Field(examples=["City Centre"])


class Point(BaseModel):
    """A position."""

    latitude: Degrees
    longitude: Degrees = Field(examples=["-1.131592"])


class Link(BaseModel):
    """A link of a neighbourhood."""

    url: str
    title: str
    description: str


class Station(Point):
    """A place where a neighbourhood's team can be found."""

    name: str
    postcode: str
    address: str
    telephone: str
    type: str
    description: str


class NeighbourhoodDetail(Neighbourhood):
    """A neighbourhood and its team."""

    description: str = Field(description="HTML of a few harmless elements.")
    url_force: str
    population: str = Field(description="A whole number, as text; 0 where it is not known.", examples=["7985"])
    contact_details: ContactDetails
    centre: Point | None
    links: list[Link]
    locations: list[Station]


class Event(BaseModel):
    """A meeting or another event of a neighbourhood."""

    title: str | None
    description: str | None
    address: str | None
    type: str | None
    start_date: Moment
    end_date: Moment | None
    contact_details: ContactDetails


class Priority(BaseModel):
    """What a neighbourhood team works on, and what it did about it."""

    model_config = ConfigDict(populate_by_name=True)

    issue: str | None
    issue_date: Moment = Field(alias="issue-date")
    action: str | None
    action_date: Moment | None = Field(alias="action-date")


class Located(BaseModel):
    """The force and neighbourhood of a position."""

    force: str
    neighbourhood: str


class Street(BaseModel):
    """A map point."""

    id: int = Field(description="Give it to crimes-at-location as location_id.", examples=[1738423])
    name: str = Field(examples=["On or near Marquis Street"])


class Location(Point):
    """Where the anonymised map point of a crime is."""

    street: Street


class OutcomeStatus(BaseModel):
    """The latest outcome of a crime."""

    category: str = Field(examples=["Under investigation"])
    date: Month | None


class DecidedCrime(BaseModel):
    """A crime whose outcome is told beside it."""

    category: str = Field(examples=["burglary"])
    persistent_id: str = Field(
        description="64 hexadecimal digits, or empty where police.uk gives none.", examples=["5f" * 32]
    )
    location_type: str | None = Field(examples=["Force"])
    location_subtype: str = Field(examples=[""])
    id: int = Field(examples=[116208998])
    location: Location | None
    context: str = Field(examples=[""])
    month: Month


class Crime(DecidedCrime):
    """A crime or an anti-social behaviour incident."""

    outcome_status: OutcomeStatus | None


class OutcomeCategory(BaseModel):
    """A kind of outcome."""

    code: str = Field(examples=["local-resolution"])
    name: str = Field(examples=["Local resolution"])


class Decision(BaseModel):
    """What was decided, and when."""

    category: OutcomeCategory
    date: Month
    person_id: None = Field(description="Always null: it would tell that two outcomes are of one person.")


class Outcome(Decision):
    """What was decided of a crime, and when."""

    crime: DecidedCrime


class CrimeOutcomes(BaseModel):
    """A crime and all that was decided of it."""

    crime: DecidedCrime
    outcomes: list[Decision]


class SearchOutcome(BaseModel):
    """The outcome of a search as an object."""

    id: str = Field(examples=["bu-no-further-action"])
    name: str = Field(examples=["A no further action disposal"])


class StopAndSearch(BaseModel):
    """A stop and search."""

    type: str = Field(examples=["Person search"])
    involved_person: bool
    datetime: str = Field(
        pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:00:00\+00:00$",
        description="To the hour, in UTC.",
        examples=["2025-03-01T19:00:00+00:00"],
    )
    operation: bool | None
    operation_name: str | None
    location: Location | None
    gender: str | None
    age_range: str | None
    self_defined_ethnicity: str | None
    officer_defined_ethnicity: str | None
    legislation: str | None
    object_of_search: str | None
    outcome: str = Field(description="Empty where none is known.")
    outcome_object: SearchOutcome
    outcome_linked_to_object_of_search: bool | None
    removal_of_more_than_outer_clothing: bool | None


class Category(BaseModel):
    """A crime category."""

    url: str = Field(examples=["burglary"])
    name: str = Field(examples=["Burglary"])


class LastUpdated(BaseModel):
    """The latest month, written as its first day."""

    date: str = Field(pattern=r"^\d{4}-\d{2}-01$", examples=["2025-03-01"])


class MonthHeld(BaseModel):
    """A month of which there is data, and the forces with stop-and-search data in it."""

    model_config = ConfigDict(populate_by_name=True)

    date: Month
    stop_and_search: list[str] = Field(alias="stop-and-search")

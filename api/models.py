"""The shapes of the answers under `/api`, as data.police.uk gives them: documentation that a machine can read."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "Category",
    "Crime",
    "Event",
    "Force",
    "ForceDetail",
    "LastUpdated",
    "Located",
    "MonthHeld",
    "Neighbourhood",
    "NeighbourhoodDetail",
    "Person",
    "Point",
    "Priority",
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
    longitude: Degrees


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


class Crime(BaseModel):
    """A crime or an anti-social behaviour incident."""

    category: str = Field(examples=["burglary"])
    persistent_id: str = Field(description="64 hexadecimal digits, or empty where police.uk gives none.")
    location_type: str | None = Field(examples=["Force"])
    location_subtype: str
    id: int = Field(examples=[116208998])
    location: Location | None
    context: str
    month: Month
    outcome_status: OutcomeStatus | None


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

"""The shapes of the answers under `/postcodesio`, as postcodes.io gives them."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

__all__ = [
    "OutcodeAnswer",
    "OutcodesAnswer",
    "PostcodeAnswer",
    "PostcodeBulkAnswer",
    "PostcodeError",
    "PostcodesAnswer",
    "TextsAnswer",
    "ValidAnswer",
]

Status = Annotated[int, Field(examples=[200])]
_NOT_HELD = "Not held here: always null."
NotHeld = Annotated[str | None, Field(default=..., description=_NOT_HELD, examples=[None])]


class PostcodeCodes(BaseModel):
    """Codes of the areas that a postcode lies in."""

    admin_district: str | None = Field(examples=["E07000008"])
    admin_county: str | None = Field(description="Null outside counties with districts.", examples=["E10000003"])
    admin_ward: str | None = Field(examples=["E05013059"])
    parish: NotHeld
    parliamentary_constituency: NotHeld
    parliamentary_constituency_2024: NotHeld
    ccg: NotHeld
    ccg_id: NotHeld
    ced: NotHeld
    nuts: NotHeld
    lsoa: str | None = Field(description="Of the newest small areas in the release.", examples=["E01017959"])
    msoa: NotHeld
    lau2: NotHeld
    pfa: str | None = Field(examples=["E23000023"])
    csp: str | None = Field(description="Ours: the community safety partnership.", examples=["E22000038"])
    bcu: str | None = Field(description="Ours: the basic command unit.", examples=[None])
    neighbourhood: str | None = Field(description="Ours: the police neighbourhood, as `/api` names it.", examples=["NC04"])


class PostcodePlace(BaseModel):
    """A postcode, where it is, and what it lies in."""

    postcode: str = Field(examples=["CB2 1TN"])
    quality: int = Field(description="1 best to 6, as the Office for National Statistics counts it.", examples=[1])
    eastings: int = Field(examples=[544893])
    northings: int = Field(examples=[258392])
    country: str | None = Field(examples=["England"])
    nhs_ha: NotHeld
    longitude: float = Field(examples=[0.118092])
    latitude: float = Field(examples=[52.205276])
    european_electoral_region: NotHeld
    primary_care_trust: NotHeld
    region: NotHeld
    lsoa: str | None = Field(examples=["Cambridge 007G"])
    msoa: NotHeld
    incode: str = Field(examples=["1TN"])
    outcode: str = Field(examples=["CB2"])
    parliamentary_constituency: NotHeld
    parliamentary_constituency_2024: NotHeld
    admin_district: str | None = Field(examples=["Cambridge"])
    parish: NotHeld
    admin_county: str | None = Field(examples=["Cambridgeshire"])
    date_of_introduction: NotHeld
    admin_ward: str | None = Field(examples=["Market"])
    ced: NotHeld
    ccg: NotHeld
    nuts: NotHeld
    pfa: str | None = Field(examples=["Cambridgeshire"])
    csp: str | None = Field(description="Ours.", examples=["Cambridge"])
    bcu: str | None = Field(description="Ours.", examples=[None])
    neighbourhood: str | None = Field(description="Ours.", examples=["City Centre"])
    force: str | None = Field(description="Ours: the force, as `/api` names it.", examples=["cambridgeshire"])
    codes: PostcodeCodes


class NearPostcode(PostcodePlace):
    """A postcode that was found by where it is."""

    distance: float = Field(description="Metres.", examples=[21.4])


class PostcodeAnswer(BaseModel):
    """One postcode."""

    status: Status
    result: PostcodePlace | None


class PostcodesAnswer(BaseModel):
    """Postcodes, nearest first or in the order of their letters; null where there is none."""

    status: Status
    result: list[NearPostcode | PostcodePlace] | None


class PostcodeFound(BaseModel):
    """What was asked and what was found."""

    query: Any = Field(description="A postcode, or a geolocation, as it was sent.", examples=["CB2 1TN"])
    result: dict[str, Any] | list[dict[str, Any]] | None = Field(
        description="A postcode, or the postcodes near a geolocation; null where there is none."
    )


class PostcodeBulkAnswer(BaseModel):
    """Many look-ups in the order in which they were asked."""

    status: Status
    result: list[PostcodeFound]


class TextsAnswer(BaseModel):
    """Postcodes by their beginning; null where there is none."""

    status: Status
    result: list[str] | None = Field(examples=[["CB2 1TN", "CB2 1TP"]])


class ValidAnswer(BaseModel):
    """Whether the postcode is known."""

    status: Status
    result: bool = Field(examples=[True])


class OutcodePlace(BaseModel):
    """An outward code: the mean position of its postcodes, and what they lie in."""

    outcode: str = Field(examples=["CB2"])
    longitude: float = Field(examples=[0.12712])
    latitude: float = Field(examples=[52.19131])
    northings: int = Field(examples=[256843])
    eastings: int = Field(examples=[545554])
    admin_district: list[str] = Field(examples=[["Cambridge", "South Cambridgeshire"]])
    parish: list[str] = Field(description="Not held here: always empty.", examples=[[]])
    admin_county: list[str] = Field(examples=[["Cambridgeshire"]])
    admin_ward: list[str] = Field(examples=[["Market", "Trumpington"]])
    country: list[str] = Field(examples=[["England"]])
    parliamentary_constituency: list[str] = Field(description="Not held here: always empty.", examples=[[]])


class NearOutcode(OutcodePlace):
    """An outward code that was found by where it is."""

    distance: float = Field(description="Metres, to the mean position.", examples=[412.7])


class OutcodeAnswer(BaseModel):
    """One outward code."""

    status: Status
    result: OutcodePlace


class OutcodesAnswer(BaseModel):
    """Outward codes, nearest first; null where there is none."""

    status: Status
    result: list[NearOutcode] | None


class PostcodeError(BaseModel):
    """Why there is no answer."""

    status: int = Field(examples=[404])
    error: str = Field(examples=["Postcode not found"])

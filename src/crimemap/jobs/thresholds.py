"""The thresholds by which boundary sets are compared, as every process that compares them takes them."""

from pydantic import BaseModel, ConfigDict, Field

from crimemap.alignment.classes import ClassRule
from crimemap.alignment.slivers import SliverRule

__all__ = ["ClassInputs", "SliverInputs"]


class SliverInputs(BaseModel):
    """When what two areas share is two drawings of one line."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sliver_width_m: float = Field(default=SliverRule().width_m, gt=0, description="Slivers are narrower than this, metres.")
    sliver_share: float = Field(default=SliverRule().share, gt=0, lt=1, description="And a smaller share of either unit.")
    sliver_people: float = Field(default=SliverRule().people, gt=0, description="And fewer people, where known.")

    def sliver_rule(self) -> SliverRule:
        """Give the rule."""
        return SliverRule(width_m=self.sliver_width_m, share=self.sliver_share, people=self.sliver_people)


class ClassInputs(SliverInputs):
    """From which share an area is one with another, and so on."""

    coterminous: float = Field(
        default=ClassRule().coterminous, description="What both share over what both cover, from here."
    )
    minor: float = Field(default=ClassRule().minor, description="The same from which they differ in detail only.")
    nested: float = Field(default=ClassRule().nested, description="Share in one other area from which an area is nested.")

    def class_rule(self) -> ClassRule:
        """Give the rule."""
        return ClassRule(coterminous=self.coterminous, minor=self.minor, nested=self.nested)

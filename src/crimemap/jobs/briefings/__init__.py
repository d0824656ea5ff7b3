"""
Briefings of neighbourhood teams: what is new in an area, where to look out, and what changed beyond chance.

What a force's own records say by the hour, police.uk says by the month. Nothing is made up in between: what only months can
tell is told by months, and what they cannot tell is refused with the reason.
"""

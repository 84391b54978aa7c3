"""The plan of a drill: invented courses before and after, so that every kind of change is in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from offerctl import disk
from offerctl.offering import Offering
from offerctl.standards import JHSC_ENGLISH, JHSC_FRENCH

_ROLES = ("add", "change", "add", "move", "replace", "delete")
"""What happens to the first, the second … listing, and so on from the beginning."""
_REQUESTS = {"add": 1, "change": 1, "move": 2, "replace": 2, "delete": 1}


@dataclass(slots=True)
class Courses:
    """What is listed before, what is wanted after, and how many requests lead from one to the other."""

    before: list[Offering] = field(default_factory=list)
    after: list[Offering] = field(default_factory=list)
    requests: int = 0


def invented(listings: int) -> Courses:
    """So many listings that change. A course that moves goes to another id, as the protocol advises."""
    found = Courses()
    for number in range(listings):
        role = _ROLES[number % len(_ROLES)]
        course = _course(number + 1)
        found.requests += _REQUESTS[role]
        if role != "add":
            found.before.append(course)
        if role != "delete":
            found.after.append(_afterwards(role, course))
    return found


def write(folder: Path, offerings: list[Offering]) -> None:
    """One file for each offering, in a new folder."""
    place = disk.Folder(folder)
    place.make()
    with place:
        for offering in offerings:
            text = "".join(f"{line}\n" for line in _lines(offering))
            place.create(f"{offering.offering_id}.yaml", text.encode())


def _lines(offering: Offering) -> Iterator[str]:
    return (f"{name}: {value}" for name, value in offering.attributes().items())


def _course(number: int) -> Offering:
    return Offering(
        offering_id=f"drill-{number:03}",
        training_standard_key=JHSC_ENGLISH,
        course_name=f"An invented course, number {number}",
        price=Decimal(199),
        course_duration=Decimal(13),
        external_registration_url=f"https://training.example/register/{number}",
    )


def _afterwards(role: str, course: Offering) -> Offering:
    match role:
        case "change":
            return replace(course, price=Decimal(249))
        case "move":
            return replace(course, offering_id=f"{course.offering_id}-moved")
        case "replace":
            return replace(course, training_standard_key=JHSC_FRENCH)
        case _:
            return course

"""Desired offerings and beliefs into what apply would do: `make`, `Plan`, `Change`."""

from offerctl.plan.approval import covers, split
from offerctl.plan.make import desired_digest, make
from offerctl.plan.model import Action, Breach, Change, Guards, Options, Origin, Plan, Refusal
from offerctl.plan.policy import Policy, Rule
from offerctl.state import change_digest

__all__ = [
    "Action",
    "Breach",
    "Change",
    "Guards",
    "Options",
    "Origin",
    "Plan",
    "Policy",
    "Refusal",
    "Rule",
    "change_digest",
    "covers",
    "desired_digest",
    "make",
    "split",
]

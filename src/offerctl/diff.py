"""Which attributes of two offerings differ. The only door to deepdiff."""

from __future__ import annotations

from offerctl.offering import Offering


def changed_attributes(before: Offering, after: Offering) -> tuple[str, ...]:
    """The API names of the attributes that differ, in the API's order; equal offerings never reach deepdiff."""
    if before == after:
        return ()
    from deepdiff import DeepDiff  # noqa: PLC0415 - 140 ms to import, and most plans change nothing

    # Numbers are bounded decimals: 199 and 199.00 are one price, so a type or a form is no change.
    found = DeepDiff(before.attributes(), after.attributes(), ignore_numeric_type_changes=True)
    touched = {path for group in found.values() for path in group}
    return tuple(name for name in after.attributes() if f"root['{name}']" in touched)

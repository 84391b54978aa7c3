"""Which attributes of two offerings differ. The only door to deepdiff."""

from __future__ import annotations

from offerctl.offering import Offering


def changed_attributes(before: Offering, after: Offering) -> tuple[str, ...]:
    """The API names of the attributes that differ, in the API's order.

    What `==` calls equal never reaches deepdiff, of which one question costs more than all else about a change.
    """
    old, new = before.attributes(), after.attributes()
    unequal = [name for name in new if old[name] != new[name]]
    if not unequal:
        return ()
    from deepdiff import DeepDiff  # noqa: PLC0415 - 140 ms to import, and most plans change nothing

    # Numbers are bounded decimals: 199 and 199.00 are one price, so a type or a form is no change.
    found = DeepDiff(
        {name: old[name] for name in unequal},
        {name: new[name] for name in unequal},
        ignore_numeric_type_changes=True,
    )
    touched = {path for group in found.values() for path in group}
    return tuple(name for name in unequal if f"root['{name}']" in touched)

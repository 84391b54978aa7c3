"""Which of many parameters run in the fast tier."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import pytest


def mostly_deep(values: Iterable[Any], fast: Collection[Any]) -> list[Any]:
    """All these parameters, those beside `fast` for the deep tier; of several arguments each is a tuple."""
    every = list(values)
    assert all(value in every for value in fast), "one that is to run fast is none of them"
    return [
        pytest.param(
            *(value if isinstance(value, tuple) else (value,)),
            marks=() if value in fast else pytest.mark.deep,
        )
        for value in every
    ]

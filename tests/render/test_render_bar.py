"""The bar of long runs."""

from __future__ import annotations

import pytest

from offerctl.render.progress import bar


def test_the_bar_shows_count_rate_and_time_left() -> None:
    """Half of the changes in ten seconds: as long again."""
    text = bar(250, 500, 10.0, 60)
    assert text.endswith("] 250/500  25/s  10s left")
    inside = text[1 : text.index("]")]
    assert inside.count("#") == len(inside) // 2


@pytest.mark.parametrize("columns", [0, 1, 20, 79, 200])
@pytest.mark.parametrize("done", [0, 1, 500])
def test_the_bar_never_leaves_its_columns(columns: int, done: int) -> None:
    """A line that wraps could not be written over."""
    assert len(bar(done, 500, 3.0, columns)) <= columns


def test_a_full_bar_is_full() -> None:
    """Nothing is left at the end."""
    text = bar(500, 500, 5.0, 60)
    assert " " not in text[1 : text.index("]")]
    assert "0s left" in text

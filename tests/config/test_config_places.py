"""Keys are found where they stand in a TOML text, in every form that TOML allows."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offerctl.config.places import key_places

_FORMS = '''\
# a comment = "with" [brackets]
plain = 1 # another = 2
"quoted key" = 'literal ] } #'
'single' = """
fake = 1
[fake]
\\"""still inside\\""" """
multi = \'\'\'
x = 1\'\'\'
dotted . inner."deep" = true
date = 1979-05-27T07:32:00Z
list = [
  1, # comment ]
  "]",
  {inside = [ "}" ]},
]
inline = { one = 1, "two" = { three = 3 } }
empty = {}
"esc\\u0041pe" = -1.5e3

[table]
  indented = 1
[ spaced . "out" ]
key=1
[[array]]
x = 1
[[array]]
y = 1
last = "no newline"'''


def test_every_form_of_key_has_its_line_and_column() -> None:
    """Strings, comments and brackets that look like keys are passed over."""
    assert key_places(_FORMS) == {
        ("plain",): (2, 1),
        ("quoted key",): (3, 1),
        ("single",): (4, 1),
        ("multi",): (8, 1),
        ("dotted",): (10, 1),
        ("dotted", "inner"): (10, 10),
        ("dotted", "inner", "deep"): (10, 16),
        ("date",): (11, 1),
        ("list",): (12, 1),
        ("list", "inside"): (15, 4),
        ("inline",): (17, 1),
        ("inline", "one"): (17, 12),
        ("inline", "two"): (17, 21),
        ("inline", "two", "three"): (17, 31),
        ("empty",): (18, 1),
        ("escApe",): (19, 1),
        ("table",): (21, 2),
        ("table", "indented"): (22, 3),
        ("spaced",): (23, 3),
        ("spaced", "out"): (23, 12),
        ("spaced", "out", "key"): (24, 1),
        ("array",): (25, 3),
        ("array", "x"): (26, 1),
        ("array", "y"): (28, 1),
        ("array", "last"): (29, 1),
    }


def _paths(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, inner in value.items() if isinstance(value, Mapping) else ():
        yield (*path, key)
        yield from _paths(inner, (*path, key))
    for inner in value if isinstance(value, list) else ():
        yield from _paths(inner, path)


_LINES = st.sampled_from([*_FORMS.splitlines(), "", "[t.u]", "a.b = [[1], [{c = 2}]]", 'd = """a"""""', "e = ''"])


@given(st.lists(_LINES, max_size=12))
def test_whatever_tomllib_accepts_is_walked_and_every_key_found(lines: list[str]) -> None:
    """Shuffled lines: where they are TOML at all, the walk finds exactly the keys that tomllib reads."""
    text = "\n".join(lines)
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert set(key_places(text)) == set(_paths(values))


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment", "\ta = 1"])
def test_texts_of_little_are_walked_to_their_end(text: str) -> None:
    """No key, or one after a tab."""
    assert len(key_places(text)) == text.count("=")

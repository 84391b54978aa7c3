"""Laws of reading, over generated files."""

from __future__ import annotations

import random
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offerctl import catalog
from offerctl.catalog.fields import name_error
from offerctl.catalog.fix import applied
from offerctl.catalog.load import Examiner
from offerctl.catalog.nearest import FIELDS, distance
from offerctl.catalog.scalars import OddNumber, plain_number, quoted, resolve
from offerctl.catalog.shown import refused_character
from offerctl.offering import Offering
from offerctl.render import problems as render
from offerctl.standards import BUILT_IN

examine = Examiner(None, frozenset())

IDS = st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
NAMES = st.text(min_size=1, max_size=60).filter(
    lambda name: not refused_character(name) and name_error(name) is None
)
CENTS = st.integers(1, 10**8).map(lambda cents: Decimal(cents) / 100)
OFFERINGS = st.builds(
    Offering,
    offering_id=IDS,
    training_standard_key=st.sampled_from(tuple(BUILT_IN)),
    course_name=NAMES,
    price=CENTS,
    course_duration=CENTS,
    external_registration_url=st.from_regex(r"\Ahttps://[a-z]{1,9}\.example/[a-z0-9?&=#%-]{0,20}\Z"),
)
LINES = st.one_of(
    st.tuples(
        st.sampled_from([*FIELDS, "prise", "cost", "title", "networkKey", "", '"price"', "Offering-ID"]),
        st.sampled_from([":", ": ", ":\t", ":\u00a0", " ", " = ", "::"]),
        st.text(max_size=12)
        | st.sampled_from(
            ["199", "$199", "0123", '"x', "'", "[", "{a: b}", "&a x", "*a", "!t", "|", ">-", "JHSC: x"]
        )
        | st.sampled_from(
            ["'d'été'", '"a "b" c"', "'x' 'y'", "a\u200bb", '"\\u200b"', "\U0001f469\u200d\U0001f3eb\u200d"]
        ),
    ).map("".join),
    st.text(alphabet=" \t-?:#[]{}&*!|>'\"%@`,\\axe0.\u202e\u200b\u200d\u00a0\x00\u00e9", max_size=20),
)
FILES = st.tuples(st.lists(LINES, max_size=9), st.sampled_from(["\n", "\r\n", "\r"])).map(
    lambda p: p[1].join(p[0])
)


def write(offering: Offering) -> str:
    return "".join(
        f"{name}: {quoted(value) if isinstance(value, str) else value}\n"
        for name, value in offering.attributes().items()
    )


@given(st.binary(max_size=200) | FILES.map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_give_an_offering_or_problems(data: bytes) -> None:
    """Nothing raises, whatever the bytes, and every form of the report can be made and encoded."""
    problems = examine("x.yaml", data)
    for report in (render.text(problems, 1), render.concise(problems, 1), render.github(problems, 1)):
        assert "\x1b" not in report
        assert "\u202e" not in report
        report.encode()
    render.json(problems)
    for problem in problems:
        assert problem.span is None or problem.span.start <= problem.span.end


@given(
    st.lists(OFFERINGS, max_size=5, unique_by=lambda offering: offering.offering_id),
    st.randoms(use_true_random=False),
)
def test_what_is_written_is_read_whatever_the_order(offerings: list[Offering], shuffle: random.Random) -> None:
    """Loading gives back the offerings, and the names and order of files do not matter."""
    loaded = []
    for _ in range(2):
        shuffle.shuffle(offerings)
        with tempfile.TemporaryDirectory() as folder:
            for number, offering in enumerate(offerings):
                Path(folder, f"{number}.yaml").write_text(write(offering), "utf-8")
            found = catalog.load(Path(folder))
        assert not found.errors
        loaded.append({id_: desired.offering for id_, desired in found.desired.items()})
    assert loaded[0] == loaded[1] == {offering.offering_id: offering for offering in offerings}


@pytest.mark.parametrize("hidden", ["\u200c\u200c", "\u200b\u200d", "\u200d\ufeff\u200c", "\u00ad\u200d"])
@pytest.mark.parametrize("after", ["b", "\u0250", "\U0001f3eb"])
def test_joiners_are_taken_out_at_once(hidden: str, after: str) -> None:
    """What is not seen joins nothing: else one joiner would take the place of another, whose fix did nothing."""
    mended, done = applied(data := f"courseName: a{hidden}{after}\n".encode(), examine("x.yaml", data))
    assert (mended.decode(), len(done)) == (f"courseName: a{after}\n", 1)


@given(FILES)
def test_a_fix_removes_its_problem(text: str) -> None:
    """Written alone, each fix leaves a file without that problem at that place."""
    data = text.encode("utf-8", "replace")
    for problem in examine("x.yaml", data):
        if problem.fix is not None:
            mended, _ = applied(data, [problem])
            left = [(other.code, other.span, other.message) for other in examine("x.yaml", mended)]
            assert (problem.code, problem.span, problem.message) not in left


@pytest.mark.parametrize(
    "line",
    [
        *(
            "price{}==\nx",
            "courseName: a{}b: c",
            "courseName: 'a{}'b: c'",
            'courseName: "a{}"b" #{}"',
            "price:{}=x",
        ),
        *("price: {}$", "price:\u00a0{}x", "\t{}x", "courseName: a{}#b", "courseName: 'd'{}'e'"),
    ],
)
@pytest.mark.parametrize("filling", [" ", "a ", ",a"])
def test_a_long_line_takes_no_long_time(line: str, filling: str) -> None:
    """64 KiB of blanks took a minute: whoever may propose a file could hold up the check of all of them."""
    text = "offeringId: a\n" + line.replace("{}", filling * (60_000 // len(filling) // line.count("{}")))
    before = time.process_time()
    assert examine("x.yaml", f"{text}\n".encode())
    assert time.process_time() - before < 2


@given(st.text(max_size=30))
def test_quoted_text_is_that_text(text: str) -> None:
    """In a file, quotes keep every text that a file may hold."""
    if not refused_character(text):
        found = examine("x.yaml", f"offeringId: {quoted(text)}\n".encode())
        assert not any(problem.code == "OFR108" for problem in found)


@given(st.from_regex(r"\A[-+0-9.eExobinfa_$, ]{1,12}\Z") | st.text(max_size=12))
def test_a_plain_scalar_is_a_number_only_in_the_plain_form(text: str) -> None:
    """A Decimal is exactly what was written; what only looks like a number is told apart from text."""
    value = resolve(text)
    if isinstance(value, Decimal):
        assert value == Decimal(text)
        assert "e" not in text.lower()
    assert isinstance(value, str | Decimal | bool | OddNumber | None)
    assert not isinstance(value, str) or value == text


@given(st.text(alphabet="0123456789.,$ eE_-+CADh", max_size=14))
def test_a_suggested_number_is_plain(text: str) -> None:
    """What is offered as the number that was meant is accepted where it is written."""
    meant = plain_number(text)
    assert meant is None or isinstance(resolve(meant), Decimal)


WORDS = st.text(alphabet="abc", max_size=6)


@given(WORDS, WORDS)
def test_the_distance_of_words(one: str, other: str) -> None:
    """Nothing between a word and itself, the same in both directions, never more than the longer word."""
    found = distance(one, other)
    assert (found == 0) == (one == other)
    assert found == distance(other, one) <= max(len(one), len(other))


def test_a_swap_is_one_slip() -> None:
    """As people make them."""
    given_: Any = [distance("prcie", "price"), distance("prise", "price"), distance("pric", "price")]
    assert given_ == [1, 1, 1]

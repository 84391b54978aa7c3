"""What is said of all environments together: tables, their last lines, and JSON."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from offerctl import canon
from offerctl.errors import Exit
from offerctl.render.documents import document, line
from offerctl.render.style import PLAIN, Style, Tone, sanitize
from offerctl.render.tables import Painted, columns
from offerctl.render.words import second, when
from offerctl.wording import counted

FORMAT_VERSION = "1.0"
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_RUNS = ("Apply complete", "Apply incomplete", "Apply interrupted")
_PLANS = ("Plan:", "No changes")
"""How runs and plans sum themselves up; nothing of others begins a line."""
_ERROR, _WARNING = "Error: ", "Warning: "
_MOST = 100
"""Characters of what went wrong: the whole stands with the environment's own output."""
_TONES = {
    Exit.OK: Tone.GOOD,
    Exit.CHANGES: Tone.CHANGE,
    Exit.TRY_AGAIN: Tone.WARNING,
    Exit.ERROR: Tone.ERROR,
    Exit.INCOMPLETE: Tone.ERROR,
    Exit.INTERRUPTED: Tone.ERROR,
}
_STATUS = ("ENVIRONMENT", "SERIAL", "HELD BY", "LAST APPLIED", "LIVE", "IN DOUBT", "CONTESTED", "")
_TOTALS = {"live": "live", "maybe": "in doubt", "contested": "contested"}
PLANNED: Mapping[Exit, str] = {
    Exit.OK: "no changes",
    Exit.CHANGES: "changes",
    Exit.ERROR: "failed",
    Exit.TRY_AGAIN: "try again",
    Exit.INCOMPLETE: "failed",
    Exit.INTERRUPTED: "interrupted",
}
APPLIED: Mapping[Exit, str] = {
    **PLANNED,
    Exit.OK: "done",
    Exit.CHANGES: "not applied",
    Exit.INCOMPLETE: "incomplete",
}


def headline(out: str, errors: str) -> str:
    """How a command summed up: its run, or its first error, or its plan; or what it said last of many errors."""
    said, told = (_COLOUR.sub("", text).splitlines() for text in (out, errors))
    for lines, beginnings in ((said, _RUNS), (told[::-1], (_ERROR,)), (said, _PLANS)):
        if found := [line for line in lines if line.startswith(beginnings)]:
            return "No changes." if found[-1].startswith("No changes.") else _short(found[-1].removeprefix(_ERROR))
    rest = [line for line in told if line and not line.startswith(_WARNING)]
    return _short(rest[-1]) if rest else ""


def table(rows: Sequence[tuple[str, Exit, str]], words: Mapping[Exit, str], style: Style = PLAIN) -> str:
    """One line for each environment: its name, how it ended and what it said of the whole; then how many did."""
    cells = [(sanitize(name), Painted(words[code], _TONES[code]), said) for name, code, said in rows]
    counts = Counter(words[code] for _, code, _ in rows)
    named = ", ".join(f"{word} {number}" for word, number in counts.items())
    total = style(f"{counted(len(rows), 'environment')}: {named}.", Tone.STRONG)
    return "\n".join([*columns(cells, style), "", total])


def markdown_table(rows: Sequence[tuple[str, Exit, str]], words: Mapping[Exit, str]) -> str:
    """The same in Markdown."""
    lines = [f"| {sanitize(name)} | {words[code]} | {_cell(said)} |" for name, code, said in rows]
    return "\n".join(["| environment | | |", "|---|---|---|", *lines])


def environments(rows: Sequence[Mapping[str, str | bool]], style: Style = PLAIN) -> str:
    """One line for each: its name, Marketplace, network key, state and folder; and which is the default one."""
    cells: list[tuple[str, ...]] = [("ENVIRONMENT", "MARKETPLACE", "NETWORK", "STATE", "OFFERINGS", "")]
    for row in rows:
        *told, default = row.values()
        cells.append((*(sanitize(str(text)) or "-" for text in told), "default" if default else ""))
    return "\n".join(columns(cells, style))


def matrix(rows: Sequence[Mapping[str, str | bool]]) -> str:
    """The same as GitHub's `strategy.matrix` takes it, on one line, as a step's output must be."""
    return line({"include": rows})


def question(changes: Mapping[str, int], gone: int) -> str:
    """What `apply --all` asks; `changes` of each environment that has any, and how many listings disappear."""
    total = sum(changes.values())
    what = "this change" if total == 1 else f"these {total} changes" if total else "what is noted above"
    where = counted(len(changes), "environment")
    warning = f" {counted(gone, 'listing')} will disappear." if gone else ""
    return f'Apply {what} to {where}?{warning}\nOnly "yes" goes ahead:'


def statuses(
    rows: Sequence[tuple[str, Mapping[str, object] | None, str]], *, now: datetime, style: Style = PLAIN
) -> str:
    """One line for each environment's state: what `state status --json` says of it, or why nothing; totals."""
    cells: list[tuple[str, ...]] = [_STATUS]
    for name, found, said in rows:
        cells.append((sanitize(name), *_status(found), said if found is None else _remark(found, now)))
    counts = Counter(_holding(found) for _, found, _ in rows)
    named = ", ".join(f"{word} {number}" for word, number in counts.items())
    open_ = ", ".join(f"{_sum(rows, status)} {words}" for status, words in _TOTALS.items())
    total = style(f"{counted(len(rows), 'environment')}: {named}. Listings: {open_}.", Tone.STRONG)
    return "\n".join([*columns(cells, style), "", total])


def results_json(results: Sequence[tuple[str, Exit, object, str]], key: str, code: Exit) -> str:
    """The document of all: each with its exit code, what it gave under `key` (null: nothing), and its errors."""
    return document(
        {
            "format_version": FORMAT_VERSION,
            "environments": [_result(name, own, key, value, said) for name, own, value, said in results],
            "exit_code": int(code),
        }
    )


def event_lines(name: str, out: bytes) -> str:
    """The JSON lines of one environment's run, each with its name."""
    found = (canon.parse(said) for said in out.splitlines() if said.strip())
    return "\n".join(line({"environment": name, **event}) for event in found)


def last_line(results: Sequence[tuple[str, Exit, str]], code: Exit) -> str:
    """The last JSON line of all runs."""
    return line(
        {
            "type": "fleet",
            "environments": [
                {"environment": name, "exit_code": int(own), "errors": said or None} for name, own, said in results
            ],
            "exit_code": int(code),
        }
    )


def _result(name: str, code: Exit, key: str, value: object, said: str) -> dict[str, object]:
    return {"environment": name, "exit_code": int(code), key: value, "errors": said or None}


def _status(found: Mapping[str, object] | None) -> tuple[str, ...]:
    if found is None or found["serial"] is None:
        return ("-",) * 6
    run, applied = found["run"], found["last_applied"]
    holder = f"{run['who']} ({run['liveness']})" if isinstance(run, dict) else "nobody"
    at = when(canon.moment(applied["at"])) if isinstance(applied, dict) else "never"
    return (str(found["serial"]), sanitize(holder), at, *(str(_count(found, status)) for status in _TOTALS))


def _remark(found: Mapping[str, object], now: datetime) -> str:
    """Which run has the state, and until when; or that there is none yet."""
    match found["run"]:
        case {"id": id_, "lease_until": until}:
            return f"run {sanitize(str(id_))}, lease until {second(canon.moment(str(until)), now)} UTC"
        case _:
            return "no state yet" if found["serial"] is None else ""


def _holding(found: Mapping[str, object] | None) -> str:
    if found is None:
        return "unknown"
    if found["serial"] is None:
        return "no state yet"
    return "held" if found["run"] else "held by nobody"


def _sum(rows: Sequence[tuple[str, Mapping[str, object] | None, str]], status: str) -> int:
    return sum(_count(found, status) for _, found, _ in rows if found is not None)


def _count(found: Mapping[str, object], status: str) -> int:
    counts = found["counts"]
    assert isinstance(counts, dict)
    return int(counts[status])


def _short(said: str) -> str:
    said = sanitize(said)
    return said if len(said) <= _MOST else f"{said[: _MOST - 1]}…"


def _cell(said: str) -> str:
    """Text that cannot leave its cell."""
    return re.sub(r"([\\`*_{}\[\]<>|#~])", r"\\\1", said)

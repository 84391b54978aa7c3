"""Problems as text with a frame, as one line each, as JSON, and as annotations of a GitHub run.

Whatever comes from a file is made inert first: it cannot move a cursor, forge a line or start a workflow command.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath

from offerctl.catalog.codes import Code
from offerctl.catalog.explanations import EXPLANATIONS
from offerctl.catalog.patches import patches
from offerctl.catalog.problem import Position, Problem, Severity
from offerctl.catalog.shown import shortened
from offerctl.render.commands import Level, command
from offerctl.render.documents import document
from offerctl.render.style import PLAIN, Style, Tone, sanitize, sanitize_lines, sanitize_parts
from offerctl.render.words import counted

FORMAT_VERSION = "1.1"
MAX_ANNOTATIONS = 10
"""GitHub shows no more of one step."""
MAX_FRAMES = 50
"""What a screen or two hold; a list of more is for programs, or for one line each."""
_MAX_LINE = 100
_LEVELS: Mapping[Severity, Level] = {Severity.ERROR: "error", Severity.WARNING: "warning"}
_TONES = {Severity.ERROR: Tone.ERROR, Severity.WARNING: Tone.WARNING}


def text(problems: Sequence[Problem], files: int, style: Style = PLAIN) -> str:
    """The problems with the line each is about, and the count of all; of very many some, errors first."""
    order = sorted(range(len(problems)), key=lambda i: problems[i].severity is Severity.WARNING)
    parts = [_framed(problems[i], style) for i in sorted(order[:MAX_FRAMES])]
    if left := [problems[i] for i in order[MAX_FRAMES:]]:
        where = counted(len({problem.file for problem in left}), "file")
        more = counted(sum(problem.count for problem in left), "more problem")
        parts.append(f"+{more} in {where}; to see all: offerctl validate --format concise")
    return "\n\n".join([*parts, summary(problems, files)])


def concise(problems: Sequence[Problem], files: int) -> str:
    """One line a problem, and the count."""
    return "\n".join([*(_line(problem) for problem in problems), summary(problems, files)])


def json(problems: Sequence[Problem]) -> str:
    """The document that scripts read."""
    errors = _count(problems, Severity.ERROR)
    value = {
        "format_version": FORMAT_VERSION,
        "valid": not errors,
        "error_count": errors,
        "warning_count": _count(problems, Severity.WARNING),
        "problems": [_as_json(problem) for problem in problems],
    }
    return document(value)


def github(problems: Sequence[Problem], files: int, most: int = MAX_ANNOTATIONS) -> str:
    """Workflow commands that annotate lines, errors first; what is more than `most` is counted."""
    ordered = sorted(problems, key=lambda problem: problem.severity is Severity.WARNING)
    lines = [_annotation(problem) for problem in ordered[:most]]
    if more := sum(problem.count for problem in ordered[most:]):
        lines.append(f"+{more} more")
    return "\n".join([*lines, summary(problems, files)])


def summary(problems: Sequence[Problem], files: int) -> str:
    """`2 errors and 1 warning in 8 files.`, with the way on where there is one."""
    errors = _count(problems, Severity.ERROR)
    counts = [counted(errors, "error")] if errors else []
    if warnings := _count(problems, Severity.WARNING):
        counts.append(counted(warnings, "warning"))
    said = f"{' and '.join(counts) or 'No problems'} in {counted(files, 'file')}."
    if fixes := sum(problem.fix is not None for problem in problems):
        said += f" {counted(fixes, 'fix', 'fixes')} can be written by: offerctl validate --fix"
    return said


def nothing(places: Sequence[PurePath]) -> str:
    """That no file was found below these paths, which is no success, and the way on."""
    where = ", ".join(sanitize(str(place)) for place in places)
    return f"There is no offering file below {where}.\nBegin: offerctl new ID"


def fixed(problems: Iterable[Problem]) -> str:
    """One line for each fix that was written: what stood there, and what stands there now."""
    written = ((_place(problem), *_change(problem), problem.code) for problem in problems)
    return "\n".join(f"fixed {sanitize(place)}: {old} -> {new} ({code})" for place, old, new, code in written)


def _change(problem: Problem) -> tuple[str, str]:
    """What a fix replaced and what it wrote; the whole line where one of the two would be nothing to see."""
    assert problem.fix is not None
    (line, start), (last, end), new = problem.fix.start, problem.fix.end, problem.fix.text
    if last > line:
        [change] = patches([problem])
        (old, *more), (new, *others) = change.before, change.after or ("",)
        return f"{_shown(old)}{'…' if more else ''}", f"{_shown(new)}{'…' if others else ''}"
    source = problem.source or ""
    old = source[start - 1 : end - 1]
    if not (old.strip() and new.strip()):
        old, new = source, source[: start - 1] + new + source[end - 1 :]
    return _shown(old), _shown(new)


def _shown(text: str) -> str:
    """A piece of a line, inert, and with the blanks spelled out that only look like a space."""
    text = sanitize(shortened(text, _MAX_LINE))
    return "".join(ascii(c)[1:-1] if c.isspace() and c != " " else c for c in text)


def explained(code: Code, style: Style = PLAIN) -> str:
    """A code in full: what it means, and lines with and without the problem."""
    about = EXPLANATIONS[code]
    kind = "warning" if code.is_warning else "error"
    parts = [
        f"{style(f'{code}', Tone.STRONG)} ({code.slug}, {kind}): {about.meaning}",
        textwrap.fill(about.text, 88),
    ]
    if about.wrong is not None:
        parts.append(f"Instead of\n\n{_indented(about.wrong)}")
    if about.right is not None:
        parts.append(f"write\n\n{_indented(about.right)}")
    if code.is_warning:
        parts.append(f'To silence it, in offerctl.toml above the first [table]: silence = ["{code.slug}"]')
    return "\n\n".join(parts)


def _framed(problem: Problem, style: Style) -> str:
    """The head, the place, the line with what is meant underlined, and the way to more."""
    tone = _TONES[problem.severity]
    number = str(problem.span.start.line) if problem.span and problem.source is not None else ""
    margin = " " * (len(number) + 2) if number else "   "
    edge = style("|", Tone.FAINT)
    lines = [
        f"{style(f'{problem.severity}[{problem.code}]', tone)}: {sanitize(problem.message)}",
        f"{margin[:-1]}{style('-->', Tone.FAINT)} {sanitize(_place(problem))}",
    ]
    hint = problem.hint
    if number:
        shown, before, marked = _excerpt(problem)
        beside = sanitize(hint) if hint and "\n" not in hint else ""
        underline = style(f"{'^' * marked} {beside}".rstrip(), tone)
        lines += [
            f"{margin}{edge}",
            f" {style(number, Tone.FAINT)} {edge} {shown}".rstrip(),
            f"{margin}{edge} {' ' * before}{underline}",
        ]
        hint = None if beside else hint
    if hint:
        lines += [f"{margin}= {line}".rstrip() for line in sanitize_lines(hint).split("\n")]
    return "\n".join([*lines, f"{margin}= see: offerctl explain {problem.code}"])


def _excerpt(problem: Problem) -> tuple[str, int, int]:
    """A piece of the line that can be shown, how far its mark is from its start, and how long that mark is."""
    assert problem.span is not None
    assert problem.source is not None
    (line, column), (last, end) = problem.span
    start = column - 1
    stop = max(end - 1 if last == line else len(problem.source), start)
    offset = max(0, start - _MAX_LINE // 3) if len(problem.source) > _MAX_LINE else 0
    stop = min(stop, offset + _MAX_LINE)
    head = "…" if offset else ""
    tail = "…" if len(problem.source) > offset + _MAX_LINE else ""
    shown = problem.source[offset : offset + _MAX_LINE]
    before, meant, after = sanitize_parts(shown, start - offset, stop - offset)
    before = head + before
    return before + meant + after + tail, len(before), max(1, len(meant))


def _line(problem: Problem) -> str:
    hint = f" ({' '.join(sanitize_lines(problem.hint).split())})" if problem.hint else ""
    return f"{sanitize(_place(problem))}: {problem.severity}[{problem.code}]: {sanitize(problem.message)}{hint}"


def _annotation(problem: Problem) -> str:
    properties = {"file": sanitize(problem.file)}
    if problem.span:
        properties |= {"line": str(problem.span.start.line), "col": str(problem.span.start.column)}
    properties["title"] = problem.code
    hint = [sanitize_lines(problem.hint)] if problem.hint else []
    message = "\n".join([sanitize(problem.message), *hint, f"see: offerctl explain {problem.code}"])
    return command(_LEVELS[problem.severity], message, properties)


def _as_json(problem: Problem) -> dict[str, object]:
    """Text as it is: the writer of JSON escapes what does harm, and a program gets what was written."""
    start = problem.span.start if problem.span else None
    fix = problem.fix
    return {
        "code": problem.code,
        "severity": problem.severity,
        "file": problem.file,
        "line": start.line if start else None,
        "column": start.column if start else None,
        "pointer": problem.pointer,
        "message": problem.message,
        "count": problem.count,
        "hint": problem.hint,
        "fix": None if fix is None else {"start": _point(fix.start), "end": _point(fix.end), "text": fix.text},
    }


def _point(place: Position) -> dict[str, int]:
    return {"line": place.line, "column": place.column}


def _place(problem: Problem) -> str:
    if problem.span is None:
        return problem.file
    return f"{problem.file}:{problem.span.start.line}:{problem.span.start.column}"


def _count(problems: Iterable[Problem], severity: Severity) -> int:
    return sum(problem.count for problem in problems if problem.severity is severity)


def _indented(lines: str) -> str:
    return "\n".join(f"    {line}".replace("\t", "<tab>") for line in lines.split("\n"))

"""What `offerctl new --from` does: one offering file for each row of a spreadsheet, or none if a row is wrong."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from offerctl import catalog, disk, sheets
from offerctl.app.session import Session
from offerctl.catalog.columns import Columns, Mapped, find_columns, missing
from offerctl.catalog.load import Examiner
from offerctl.catalog.problem import Severity
from offerctl.catalog.rows import Draft, Drafts, RowProblem, problems
from offerctl.config import Config
from offerctl.errors import Exit, UsageError
from offerctl.render import drafts as render
from offerctl.sheets import Sheet
from offerctl.standards import Standards
from offerctl.wording import counted

_MOST_TOLD = 50
_ENDINGS = (".yaml", ".yml")


def new_from_sheet(session: Session, env: str | None, file: Path, mapping: Sequence[str]) -> Exit:
    """Write the files, and show what they hold; where rows have errors, all are told and nothing is written.

    Raises:
        UsageError: the file is no spreadsheet, has no such columns, rows with errors, or nothing in its rows.
    """
    mapped, config = Mapped.of(mapping), session.config.of_environment(env)
    found, columns, others = _sheet(_read(session, file), mapped, file.name, config.standards)
    if others:
        session.console.warn(f"of {file.name} only the sheet {found.name} was read, not {', '.join(others)}")
    taken = _taken(config)
    rows = [(row.number, row.cells) for row in found.rows if row.number not in found.headings]
    if left := sorted(number for number in found.headings if number > columns.row):
        session.console.warn(f"{file.name}: {_are(left)} left out: one cell, merged across columns")
    made = Drafts(columns=columns, standards=config.standards).of(rows)
    if not made:
        raise UsageError(f"{file.name} has no row with an offering below its header")
    _warn(session, file.name, found, made)
    _check(session, file.name, list(problems(made, columns, taken, _examiner(config))))
    session.console.out(render.listed(made, columns, session.console.style))
    _write(session, config, made)
    return Exit.OK


def _are(numbers: Sequence[int]) -> str:
    """`row 5 is`, `rows 5, 9 are`."""
    return f"{render.rows(numbers)} {'is' if len(numbers) == 1 else 'are'}"


def _warn(session: Session, name: str, sheet: Sheet, drafts: Sequence[Draft]) -> None:
    """Of rows that nobody sees in the spreadsheet, and of ids that are not what was typed there."""
    if hidden := [draft.row for draft in drafts if draft.row in sheet.hidden]:
        session.console.warn(f"{name}: {_are(hidden)} hidden, by a filter or by hand, and taken all the same")
    if odd := [draft for draft in drafts if draft.is_odd_id]:
        numbers = render.rows([draft.row for draft in odd])
        session.console.warn(
            f"{name}, {numbers}: the offeringId is a number or a date ({odd[0].offering_id}), as a spreadsheet "
            "program makes of 007 or of 3-4; a listing keeps it for good"
        )


def _read(session: Session, file: Path) -> tuple[Sheet, ...]:
    try:
        data = disk.read(session.directory / file, most=sheets.MAX_BYTES)
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror or error}") from error
    return sheets.read(data, file.name)


def _sheet(
    found: Sequence[Sheet], mapped: Mapped, name: str, standards: Standards
) -> tuple[Sheet, Columns, list[str]]:
    """The sheet with the most columns of an offering, and the names of others that hold anything."""
    good: list[tuple[Sheet, Columns]] = []
    doubts: list[UsageError] = []
    for sheet in found:
        try:
            if columns := find_columns([(row.number, row.cells) for row in sheet.rows], mapped, name):
                good.append((sheet, columns))
        except UsageError as doubt:
            doubts.append(doubt)
    if doubts and not good:
        raise doubts[0]
    if not good:
        headers = next((row.cells for sheet in found for row in sheet.rows), ())
        shown = ", ".join(f'"{header}"' for header in headers[:20] if header)
        hint = f'Its first row has {shown}. Say what they are: --map "COLUMN=FIELD"' if shown else "It is empty."
        raise UsageError(f"{name} has no row of headers such as courseName, price and courseDuration", hint=hint)
    sheet, columns = max(good, key=lambda one: len(one[1].by_field))
    if lacking := missing(columns):
        raise UsageError(
            f"{name} has no column for {', '.join(lacking)}",
            hint=f'Say which one it is: --map "COLUMN={lacking[0]}"{_way_on(lacking, standards)}. '
            f"Not used so far: {', '.join(columns.unused) or 'none'}.",
        )
    return sheet, columns, [str(other.name) for other in found if other is not sheet and other.rows]


def _way_on(lacking: Sequence[str], standards: Standards) -> str:
    """What a column holds that spreadsheets seldom have, and nobody can guess."""
    if "trainingStandardKey" not in lacking:
        return ", or add one"
    keys = [f"{key} ({standards.language(key)})" for key in standards][:_MOST_TOLD]
    return f"; a column trainingStandardKey has in each row {' or '.join(keys)}"


def _taken(config: Config) -> dict[str, str]:
    """Which file has an id, or is called as an id's file would be, by the id in small letters."""
    if not config.offerings.is_dir():
        return {}
    schema = catalog.read_schema(config.schema, repo_root=config.root)
    found = catalog.load(
        config.offerings, schema=schema, silence=config.silence, standards=config.standards, repo_root=config.root
    )
    named = {entry.stem.casefold(): entry for entry in config.offerings.iterdir() if entry.suffix in _ENDINGS}
    files = {stem: os.path.relpath(entry, config.root) for stem, entry in named.items()}
    return files | {id_.casefold(): desired.file for id_, desired in found.desired.items()}


def _examiner(config: Config) -> Examiner:
    schema = catalog.read_schema(config.schema, repo_root=config.root)
    return Examiner(schema, config.silence, config.standards)


def _check(session: Session, name: str, found: Sequence[RowProblem]) -> None:
    """Tell every problem by row and column.

    Raises:
        UsageError: one of them is an error.
    """
    console = session.console
    errors = [problem for problem in found if problem.severity is Severity.ERROR]
    for problem in errors[:_MOST_TOLD]:
        console.error(render.line(name, problem), problem.hint)
    for problem in [problem for problem in found if problem not in errors][:_MOST_TOLD]:
        console.warn(render.line(name, problem))
    if errors:
        rows = counted(len({problem.row for problem in errors}), "row has an error", "rows have errors")
        more = f" +{len(errors) - _MOST_TOLD:,} more errors." if len(errors) > _MOST_TOLD else ""
        code = next((problem.code for problem in errors if problem.code), None)
        explain = f" What a code means: offerctl explain {code}" if code else ""
        raise UsageError(
            f"{rows}; nothing was written.{more}", hint=f"Mend them in {name}, and run it again.{explain}"
        )


def _write(session: Session, config: Config, drafts: Sequence[Draft]) -> None:
    """One new file each; none is written over.

    Raises:
        UsageError: one came to be there meanwhile; those before it are written.
    """
    folder = disk.Folder(config.offerings, below=config.root)
    folder.make(private=False)
    schema = Path(os.path.relpath(config.schema, config.offerings)).as_posix()
    shown = os.path.relpath(config.offerings, session.directory)
    for number, draft in enumerate(drafts):
        name = f"{draft.offering_id}.yaml"
        try:
            folder.create(name, draft.text(f"# yaml-language-server: $schema={schema}").encode())
        except FileExistsError:
            written = counted(number, "file was", "files were")
            raise UsageError(f"{shown}/{name} exists already, and was left as it is; {written} written") from None
    session.console.out("\n".join(_ending(shown, drafts)))


def _ending(folder: str, drafts: Sequence[Draft]) -> Iterator[str]:
    yield f"\nWrote {counted(len(drafts), 'file')}:"
    yield from (f"  {folder}/{draft.offering_id}.yaml" for draft in drafts[: render.MOST_SHOWN])
    if (more := len(drafts) - render.MOST_SHOWN) > 0:
        yield f"  +{more:,} more"
    yield "\nThen: offerctl validate, offerctl plan"

"""The offerings folder: `load` gives every desired offering, or every problem of every file."""

from offerctl.catalog.load import Catalogue, InvalidFiles, load, load_paths, read_schema
from offerctl.catalog.problem import Fix, Position, Problem, Severity, Span

__all__ = [
    "Catalogue",
    "Fix",
    "InvalidFiles",
    "Position",
    "Problem",
    "Severity",
    "Span",
    "load",
    "load_paths",
    "read_schema",
]

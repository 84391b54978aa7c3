"""The JSON schemas that offerctl carries: `offering`, `plan`, `state`."""

from __future__ import annotations

from pathlib import Path


def read(name: str) -> bytes:
    """The bytes of a schema such as `offering.schema.json`.

    The wheel carries the repository's `schema/` as `offerctl/schemas/`; an editable install finds it in the
    repository itself.

    Raises:
        FileNotFoundError: there is none of that name.
    """
    packed = Path(__file__).parent / "schemas" / name
    if packed.is_file():
        return packed.read_bytes()
    return (Path(__file__).resolve().parents[2] / "schema" / name).read_bytes()

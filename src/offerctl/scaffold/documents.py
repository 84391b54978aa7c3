"""What `init` writes: the files of a repository that plans on pull requests and applies on merge.

The repository of offerctl is one itself, so its own workflows and pages are the source, and the wheel carries
them. Elsewhere they differ in what they install: the wheel that lies in the repository, and its dependencies.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path, PurePosixPath

from offerctl.catalog.json_schema import offering_schema
from offerctl.render.codes import PAGE, page
from offerctl.scaffold.wheels import LOCK
from offerctl.standards import BUILT_IN, Standards

CODEOWNERS = ".github/CODEOWNERS"
DEPENDENCIES = ".github/requirements.txt"
SHARED = (
    ".github/workflows/plan.yml",
    ".github/workflows/apply.yml",
    ".github/workflows/reassert.yml",
    ".github/dependabot.yml",
    CODEOWNERS,
    ".github/PULL_REQUEST_TEMPLATE.md",
    ".github/GITOPS.md",
)
"""What this repository uses itself; in the wheel below `offerctl/scaffold/files/`."""
_OWN = {
    ".github/offerctl.sh": "offerctl.sh",
    DEPENDENCIES: "requirements.txt",
    ".gitignore": "gitignore",
    ".pre-commit-config.yaml": "pre-commit-config.yaml",
    ".vscode/extensions.json": "vscode-extensions.json",
    ".vscode/settings.json": "vscode-settings.json",
    "offerctl.toml": "offerctl.toml",
}
"""What only others need, and its name in `offerctl/scaffold/files/`."""
INSTALL_SOURCES = "python -I -m pip install --no-index --no-deps --no-build-isolation ."
INSTALL_WHEEL = f"python -I -m pip install --require-hashes --no-index --no-deps --requirement {LOCK}"
_NOBODY = re.compile(r" Nobody stands here yet:.*?(?=^#/)", re.MULTILINE | re.DOTALL)
_OWNED = re.compile(r"^#?(/\S+ +)\S+$", re.MULTILINE)
_OWNER = re.compile(r"^(?:\*|/?\.github/?\**)[^\S\n]+([^\s#].*)$", re.MULTILINE)
EXAMPLES_NOTE = "The provider and the addresses in the examples of this folder are invented.\n"
"""The last line of this repository's `offerings/README.md`, untrue elsewhere."""


def documents(
    *, offerings: str, schema: str, standards: Standards = BUILT_IN, owners: Sequence[str] = ()
) -> Iterator[tuple[str, str]]:
    """Each file's path in the repository and its text.

    `offerings` and `schema` are paths in it too; `standards` are what the schema names; `owners` must agree to
    changes of what decides, as GitHub writes them: `@ORGANISATION/TEAM`, `@USER`.
    """
    for name in SHARED:
        text = _read(name).replace(INSTALL_SOURCES, INSTALL_WHEEL)
        yield name, _owned(text, schema, owners) if name == CODEOWNERS else text
    for name, source in _OWN.items():
        yield name, _read(source).replace("SCHEMA", schema).replace("OFFERINGS", offerings)
    yield f"{offerings}/README.md", _read("offerings/README.md").replace(EXAMPLES_NOTE, "")
    yield f"{offerings}/{PAGE}", page()
    yield schema, offering_schema(standards).decode()


def owners_in(text: str) -> tuple[str, ...]:
    """Who owns the workflows after a `CODEOWNERS`; the last such line counts, as on GitHub."""
    found = _OWNER.findall(text)
    return tuple(found[-1].partition("#")[0].split()) if found else ()


def _owned(text: str, schema: str, owners: Sequence[str]) -> str:
    """The lines of owners, of the folder in which the schema lies; without anybody they are comments."""
    folder = PurePosixPath(schema).parent
    text = text.replace("#/schema/ ", f"#/{schema if folder == PurePosixPath() else f'{folder}/'} ")
    if not owners:
        return text
    return _OWNED.sub(rf"\1{' '.join(owners)}", _NOBODY.sub("\n", text))


def _read(name: str) -> str:
    """From the package, or from the repository itself in an editable install."""
    packed = files("offerctl") / "scaffold" / "files" / name
    if packed.is_file():
        return packed.read_text("utf-8")
    return (Path(__file__).resolve().parents[3] / name).read_text("utf-8")

"""What `init` writes: the files of a repository that plans on pull requests and applies on merge.

The repository of offerctl is one itself, so its own workflows and pages are the source, and the wheel carries
them. Elsewhere they differ in what they install: a released offerctl, and its dependencies alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from offerctl import __version__
from offerctl.catalog.json_schema import offering_schema
from offerctl.render.codes import PAGE, page
from offerctl.standards import BUILT_IN, Standards

SHARED = (
    ".github/workflows/plan.yml",
    ".github/workflows/apply.yml",
    ".github/workflows/reassert.yml",
    ".github/dependabot.yml",
    ".github/CODEOWNERS",
    ".github/PULL_REQUEST_TEMPLATE.md",
    ".github/GITOPS.md",
)
"""What this repository uses itself; in the wheel below `offerctl/scaffold/files/`."""
_OWN = {
    ".github/requirements.txt": "requirements.txt",
    ".gitignore": "gitignore",
    ".pre-commit-config.yaml": "pre-commit-config.yaml",
    ".vscode/extensions.json": "vscode-extensions.json",
    ".vscode/settings.json": "vscode-settings.json",
    "offerctl.toml": "offerctl.toml",
}
"""What only others need, and its name in `offerctl/scaffold/files/`."""
INSTALL_SOURCES = "python -m pip install --no-deps --no-build-isolation ."
INSTALL_RELEASE = f"python -m pip install --no-deps --only-binary :all: offerctl=={__version__}"
EXAMPLES_NOTE = "The provider and the addresses in the examples of this folder are invented.\n"
"""The last line of this repository's `offerings/README.md`, untrue elsewhere."""


def documents(*, offerings: str, schema: str, standards: Standards = BUILT_IN) -> Iterator[tuple[str, str]]:
    """Each file's path in the repository and its text.

    `offerings` and `schema` are paths in it too; `standards` are what the schema names.
    """
    for name in SHARED:
        yield name, _read(name).replace(INSTALL_SOURCES, INSTALL_RELEASE).replace("VERSION", __version__)
    for name, source in _OWN.items():
        text = _read(source).replace("VERSION", __version__)
        yield name, text.replace("SCHEMA", schema).replace("OFFERINGS", offerings)
    yield f"{offerings}/README.md", _read("offerings/README.md").replace(EXAMPLES_NOTE, "")
    yield f"{offerings}/{PAGE}", page()
    yield schema, offering_schema(standards).decode()


def _read(name: str) -> str:
    """From the package, or from the repository itself in an editable install."""
    packed = files("offerctl") / "scaffold" / "files" / name
    if packed.is_file():
        return packed.read_text("utf-8")
    return (Path(__file__).resolve().parents[3] / name).read_text("utf-8")

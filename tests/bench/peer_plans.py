"""The peers that a Python package index has, in a virtual environment of their own, each in its best shape.

octoDNS     one file an object (`SplitYamlProvider`), against a provider that holds the same already
check-jsonschema, yamllint
            check the same files, and plan nothing
Ansible     one play, one loop over the files: read, parsed, compared with what was recorded (`--check`)

decK and Terraform are programs in Go and are not measured here.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from bench.goals import Catalogue
from bench.measure import Command

PACKAGES = ("octodns", "check-jsonschema", "yamllint", "ansible-core")
LIMITS = {"octoDNS": 0.1, "check-jsonschema": 0.1}
"""Of their time, from 5,000 files on; the others, and fewer files: any less than theirs."""
SCHEMA = Path(__file__).resolve().parents[2] / "schema" / "offering.schema.json"
_ZONE = "bench.example"
_PLAYBOOK = """
- hosts: localhost
  connection: local
  gather_facts: false
  vars:
    recorded: "{{ lookup('file', playbook_dir ~ '/recorded.json') | from_json }}"
  tasks:
    - ansible.builtin.debug:
        msg: "differs"
      when: (lookup('file', item) | from_yaml) != recorded[item | basename]
      loop: "{{ query('fileglob', playbook_dir ~ '/../../offerings/*.yaml') }}"
      loop_control: {label: ""}
"""


def install(venv: Path) -> tuple[str, ...]:
    """Make the environment, unless it is there; which packages could not be had."""
    if not venv.exists():
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    missing = []
    for package in PACKAGES:
        done = subprocess.run(
            [venv / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", package],
            capture_output=True,
            check=False,
        )
        if done.returncode:
            missing.append(package)
    return tuple(missing)


def commands(catalogue: Catalogue, venv: Path) -> dict[str, Command]:
    """One command for each peer that is installed, ready to run."""
    makers: Mapping[str, tuple[str, Callable[[Catalogue, Path], Command]]] = {
        "octoDNS": ("octodns-sync", _octodns),
        "check-jsonschema": ("check-jsonschema", _check_jsonschema),
        "yamllint": ("yamllint", _yamllint),
        "Ansible": ("ansible-playbook", _ansible),
    }
    return {
        name: make(catalogue, venv / "bin" / program)
        for name, (program, make) in makers.items()
        if (venv / "bin" / program).exists()
    }


def _aside(catalogue: Catalogue, name: str) -> Path:
    """A folder that git does not look at."""
    folder = catalogue.folder / ".git" / name
    folder.mkdir(exist_ok=True)
    return folder


def _octodns(catalogue: Catalogue, program: Path) -> Command:
    folder = _aside(catalogue, "octodns")
    files = sorted((catalogue.folder / "offerings").iterdir())
    zone = folder / "source" / f"{_ZONE}."
    zone.mkdir(parents=True, exist_ok=True)
    (folder / "target").mkdir(exist_ok=True)
    for path in files:
        values = "".join(
            f"  - {json.dumps(line.replace(';', ' '))}\n" for line in path.read_text("utf-8").splitlines()[1:]
        )
        (zone / f"{path.stem}.yaml").write_text(
            f"---\n{path.stem}:\n  type: TXT\n  ttl: 60\n  values:\n{values}", "utf-8"
        )
    config = folder / "config.yaml"
    config.write_text(
        "providers:\n"
        f"  source: {{class: octodns.provider.yaml.SplitYamlProvider, directory: {folder}/source, "
        "default_ttl: 60, enforce_order: false}\n"
        f"  target: {{class: octodns.provider.yaml.YamlProvider, directory: {folder}/target, "
        "default_ttl: 60, enforce_order: false}\n"
        f"zones:\n  {_ZONE}.: {{sources: [source], targets: [target]}}\n",
        "utf-8",
    )
    sync = (str(program), "--config-file", str(config), "--quiet")
    subprocess.run([*sync, "--doit", "--force"], check=True, capture_output=True)
    return catalogue.run(*sync)


def _check_jsonschema(catalogue: Catalogue, program: Path) -> Command:
    return catalogue.run("sh", "-c", f'exec "{program}" --schemafile "{SCHEMA}" offerings/*.yaml')


def _yamllint(catalogue: Catalogue, program: Path) -> Command:
    return catalogue.run(str(program), "-d", "relaxed", "offerings")


def _ansible(catalogue: Catalogue, program: Path) -> Command:
    folder = _aside(catalogue, "ansible")
    (folder / "play.yaml").write_text(_PLAYBOOK, "utf-8")
    script = (
        "import json, pathlib, sys, yaml; print(json.dumps({p.name: yaml.safe_load(p.read_text()) "
        "for p in pathlib.Path('offerings').iterdir()}))"
    )
    recorded = subprocess.run(
        [sys.executable, "-c", script], cwd=catalogue.folder, check=True, capture_output=True
    ).stdout
    (folder / "recorded.json").write_bytes(recorded)
    return catalogue.run(str(program), "--check", "-i", "localhost,", str(folder / "play.yaml"))

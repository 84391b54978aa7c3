from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from offerctl.embedded import local_store
from support.cli import environ, offerctl
from support.marketplace import body
from support.plans import offering


@contextmanager
def running(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command under way on a free port, and the line that it printed."""
    process = subprocess.Popen(
        [sys.executable, "-m", "offerctl", "marketplace", "--port", "0", *options],
        cwd=folder,
        env=environ(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    with process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline()
        finally:
            process.kill()


def test_serves_until_interrupted(tmp_path: Path) -> None:
    """One line tells page, API and how to stop; Ctrl-C ends it with a word and 0, and the listings are kept."""
    with running(tmp_path) as (process, line):
        _, page, _, api, *rest = line.split()
        assert rest == ["Stop", "it", "with", "Ctrl-C."]
        assert httpx.post(api, json=body(), trust_env=False).status_code == 204
        assert "JHSC Certification Part One" in httpx.get(page, trust_env=False).text
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (0, "\nMarketplace stopped. Its listings are kept.\n", "")
    with local_store(tmp_path) as store:
        assert store.listings().keys() == {"jhsc-en-01"}


@pytest.mark.parametrize(("options", "status"), [(("--fail-rate", "1"), 500), (("--reset",), 204)])
def test_options(tmp_path: Path, options: tuple[str, ...], status: int) -> None:
    """`--reset` empties, `--fail-rate` fails."""
    with local_store(tmp_path) as store:
        store.refused("POST", None, 400)
        with running(tmp_path, *options) as (_, line):
            assert httpx.post(line.split()[3], json=body(), trust_env=False).status_code == status
        assert len(store.requests()) == (1 if "--reset" in options else 2)


def test_a_reset_is_told_with_the_way_back(tmp_path: Path) -> None:
    """How much was taken out; a state still believes in it, so only --reassert lists it again."""
    with local_store(tmp_path) as store:
        store.put_foreign(offering("a"), "local")
        with socket.create_server(("127.0.0.1", 0)) as taken:
            offerctl("marketplace", "--reset", "--port", str(taken.getsockname()[1]), cwd=tmp_path)
        assert store.listings().keys() == {"a"}, "where no port can be had nothing is emptied"
        with running(tmp_path, "--reset") as (process, _):
            assert process.stdout is not None
            assert process.stdout.readline() == (
                "Emptied: 1 listing taken out. To list the files again: offerctl apply -e local --reassert\n"
            )
        assert store.listings() == {}


def test_listens_on_loopback_only(tmp_path: Path) -> None:
    """No other address of this machine is listened on."""
    with running(tmp_path) as (_, line):
        port = int(line.split()[1].rsplit(":", 1)[1])
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.2", port), timeout=10).close()


def test_port_in_use(tmp_path: Path) -> None:
    """A port that is taken is an error of one line with a way on, and 1."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = offerctl("marketplace", "--port", str(port), cwd=tmp_path)
    assert done.code == 1, done
    assert done.out == ""
    assert f"Error: port {port} is in use\n" in done.err
    assert "--port N" in done.err


def test_interface_stays_cheap() -> None:
    """Neither the command line nor the package itself imports what serves or draws pages."""
    script = (
        "import sys, offerctl.cli.marketplace, offerctl.embedded\n"
        "print(sorted({'starlette', 'uvicorn', 'jinja2', 'anyio'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env={"PYTHONPATH": ":".join(sys.path)}, capture_output=True, check=True
    )
    assert done.stdout.strip() == b"[]"


def test_application_draws_no_page() -> None:
    """What `apply` needs in process imports neither Jinja2 nor uvicorn."""
    script = "import sys, offerctl.embedded.app\nprint(sorted({'uvicorn', 'jinja2'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], env={"PYTHONPATH": ":".join(sys.path)}, capture_output=True, check=True
    )
    assert done.stdout.strip() == b"[]"


def test_a_dialect_is_served_with_what_its_client_must_say(tmp_path: Path) -> None:
    """What it shows, pasted into `offerctl.toml`, is enough for an apply, access token and all."""
    with running(tmp_path, "--dialect", "d7") as (process, line):
        assert line.split()[3].endswith("/OnlineOffering")
        assert process.stdout is not None
        said = iter(process.stdout.readline, 'language = "fr"\n')
        shown = "".join([*said, 'language = "fr"\n'])
        assert shown.startswith("It speaks D7: the later facade: OAuth 2")
        settings = shown.partition("\n\n")[2]
        (tmp_path / "offerctl.toml").write_text(settings, "utf-8")
        (tmp_path / "offerings").mkdir()
        lines = [f"{name}: {value}" for name, value in offering("a").attributes().items()]
        (tmp_path / "offerings" / "a.yaml").write_text("\n".join([*lines, ""]), "utf-8")
        secrets = {f"OFFERCTL_{name}": "rehearsed" for name in ("CLIENT_ID", "CLIENT_SECRET", "FACADE_KEY")}
        done = offerctl("apply", "-e", "d7", "--auto-approve", cwd=tmp_path, env=secrets)
        assert done.code == 0, done
    with local_store(tmp_path) as store:
        assert store.listings()["a"].network_key == "rehearsed", "the facade knows its callers by their tokens"

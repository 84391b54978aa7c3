"""States in files: whatever ends a write, what was there before or what was meant to be there is there."""

from __future__ import annotations

import errno
import os
import signal
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from offerctl import disk
from offerctl.backends import open_backend
from offerctl.backends.file import FileBackend
from offerctl.backends.keeping import KEPT
from offerctl.errors import StateLocked, StateUnavailable
from offerctl.state.backend import Version
from offerctl.state.document import heading
from support.processes import ended, writer
from support.states import sealed
from support.strangers import give_away


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the state will be."""
    return tmp_path / "states" / "prod.state.json"


def backend(path: Path) -> FileBackend:
    """A backend as a new process would have it."""
    return FileBackend(path, environment="prod")


def present(path: Path) -> int:
    """The serial of the state that is there and can be believed."""
    found = backend(path).read()
    assert found is not None
    return heading(found[0]).serial


def serials(path: Path) -> list[int]:
    """The kept serials."""
    return [version.serial for version in backend(path).history()]


@pytest.mark.parametrize(
    ("step", "number", "serial"),
    [
        ("before-temporary", 1, 1),
        ("before-fsync", 1, 1),  # of the copy to keep
        ("before-fsync", 2, 1),  # of the state itself
        ("before-rename", 1, 1),
        ("after-rename", 1, 2),
    ],
)
def test_sigkill_at_any_step_leaves_the_old_or_the_new_state(
    path: Path, step: str, number: int, serial: int
) -> None:
    """It is whole, can be read and written on at once, and its history lacks nothing that took effect."""
    backend(path).write(sealed(1, "run-1"), None)
    code, _ = ended(writer("kill", path, "2", step, str(number)))
    assert code == -signal.SIGKILL
    assert present(path) == serial
    assert serials(path) == list(range(serial, 0, -1))
    found = backend(path).read()
    assert found is not None
    backend(path).write(sealed(3, "run-3"), found[1])
    assert present(path) == 3
    assert serials(path) == [3, *range(serial, 0, -1)]
    left = {entry.name for entry in path.parent.iterdir()}
    assert left == {"prod.state.json", "prod.state.json.versions"}


@pytest.mark.parametrize("step", ["before-temporary", "before-fsync", "before-rename", "after-rename"])
def test_sigkill_during_the_very_first_write_is_harmless(path: Path, step: str) -> None:
    """Either nothing ever was, which is a first run, or the state is there."""
    ended(writer("kill", path, "1", step, "1"))
    found = backend(path).read()
    assert (found is not None) == (step == "after-rename")
    backend(path).write(sealed(2, "run-2"), found and found[1])
    assert present(path) == 2


def test_a_killed_run_whose_renewal_is_there_can_be_killed_again_while_it_is_kept(path: Path) -> None:
    """Keeping the renewal comes first; dying right after it leaves the renewal as the state."""
    first = sealed(1, "old", at_work=True)
    version = backend(path).write(first, None)
    backend(path).write(sealed(2, "old", at_work=True, after=first), version)
    ended(writer("kill", path, "3", "before-temporary", "1"))
    assert (present(path), serials(path)) == (2, [2, 1])
    ended(writer("kill", path, "3", "after-rename", "1"))
    assert (present(path), serials(path)) == (3, [3, 2, 1])


def test_everything_is_for_its_owner_only(path: Path) -> None:
    """Files 0600 and folders 0700, whatever the umask allows."""
    before = os.umask(0)
    try:
        with backend(path).hold():
            backend(path).write(sealed(1), None)
    finally:
        os.umask(before)
    modes = {entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in [path.parent, *path.parent.rglob("*")]}
    assert modes == {
        "states": 0o700,
        "prod.state.json": 0o600,
        "prod.state.json.lock": 0o600,
        "prod.state.json.versions": 0o700,
        "00000001.json": 0o600,
        "lock": 0o600,
    }


def test_the_newest_versions_are_kept(path: Path) -> None:
    """Twenty, and the present one is the first of them."""
    version = None
    for serial in range(1, KEPT + 6):
        version = backend(path).write(sealed(serial, f"run-{serial}"), version)
    assert serials(path) == list(range(KEPT + 5, 5, -1))


def test_a_reader_never_meets_a_half_written_or_missing_state(path: Path) -> None:
    """Reading while another process writes gives one of its documents, whole, and never an older one."""
    version = backend(path).write(sealed(1, "run-1"), None)
    with writer("race", f"file:{path}", path.parent, "prod", "run-1") as racer:
        assert racer.stdin is not None
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
        for serial in range(2, 40):
            racer.stdin.write(f"{serial} {version}\n")
            racer.stdin.flush()
            seen = [present(path) for _ in range(5)]
            assert set(seen) <= {serial - 1, serial}
            assert seen == sorted(seen)
            version = Version(racer.stdout.readline().removeprefix("won ").strip())
            assert present(path) == serial


def test_a_write_while_the_state_is_read_does_not_make_it_look_older(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader has the former document in its hands when a newer version is kept: it returns what it has."""
    version = backend(path).write(sealed(1, "run-1"), None)
    really_read = disk.Folder.find

    def read_then_overtaken(folder: disk.Folder, name: str, *, most: int, ours: bool) -> bytes | None:
        data = really_read(folder, name, most=most, ours=ours)
        if name == path.name:
            monkeypatch.setattr(disk.Folder, "find", really_read)
            backend(path).write(sealed(2, "run-2"), version)
        return data

    monkeypatch.setattr(disk.Folder, "find", read_then_overtaken)
    assert present(path) == 1
    assert present(path) == 2


def test_a_version_that_could_not_be_kept_is_kept_by_the_same_runs_next_write(path: Path) -> None:
    """The disk fails once, just after a run's first write took effect; the run goes on, and the chain is whole."""

    def fails(step: str) -> None:
        if step == "after-rename":
            raise OSError(errno.EIO, "I/O error")

    first = sealed(1, at_work=True)
    with pytest.raises(StateUnavailable, match="I/O error"):
        FileBackend(path, environment="prod", checkpoint=fails).write(first, None)
    found = backend(path).read()
    assert found is not None
    version = backend(path).write(sealed(2, at_work=True, after=first), found[1])
    backend(path).write(sealed(3, after=first), version)
    assert serials(path) == [3, 1]


def test_a_living_process_keeps_the_lock_and_a_killed_one_frees_it(path: Path) -> None:
    """No file is left to be cleaned up by hand, and the lock never hinders who only reads or swaps."""
    holder = writer("hold", path)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "ready\n"
    with pytest.raises(StateLocked, match="at work"), backend(path).hold():
        pytest.fail("two processes hold one lock")
    backend(path).write(sealed(1), None)
    assert present(path) == 1
    holder.kill()
    assert ended(holder)[0] == -signal.SIGKILL
    with backend(path).hold() as certain:
        assert certain
        with pytest.raises(StateLocked), backend(path).hold():
            pytest.fail("one process holds one lock twice")


def test_who_only_looks_at_the_lock_turns_no_run_away(path: Path) -> None:
    """A plan has it for the blink of an eye; whoever begins a run has the patience for that."""
    path.parent.mkdir()
    taken = disk.Folder(path.parent).lock(f"{path.name}.lock")
    assert taken is not None
    threading.Timer(0.02, os.close, [taken]).start()
    with backend(path).hold() as certain:
        assert certain


def test_faults_of_the_caller_pass_through_the_lock(path: Path) -> None:
    """What fails while the lock is held is not mistaken for a fault of the state's home."""

    def fails() -> None:
        with backend(path).hold():
            raise OSError("of the caller's own")

    with pytest.raises(OSError, match="of the caller's own"):
        fails()
    with backend(path).hold() as certain:
        assert certain


def test_a_full_disk_leaves_the_state_and_says_so(path: Path) -> None:
    """A file that may not grow stands for it; nothing half-written stays behind."""
    backend(path).write(sealed(1, "run-1"), None)
    files = sorted(path.parent.rglob("*"))
    code, out = ended(writer("cramped", f"file:{path}", path.parent, "2"))
    assert code == 0
    assert "StateUnavailable" in out
    assert "What was recorded before is untouched" in out
    assert sorted(path.parent.rglob("*")) == files
    assert (present(path), serials(path)) == (1, [1])


def stranger(tmp_path: Path, serial: int) -> str:
    """What somebody without rights to the state is told when they write it."""
    tmp_path.chmod(0o755)
    code, out = ended(writer("stranger", tmp_path, "states/prod.state.json", str(serial)))
    assert code == 0
    return out


def test_a_folder_that_may_not_be_written_is_told(tmp_path: Path, path: Path) -> None:
    """The path, the reason and the way on; nothing is left behind."""
    path.parent.mkdir()
    path.parent.chmod(0o555)
    try:
        told = stranger(tmp_path, 1)
    finally:
        path.parent.chmod(0o755)
    assert "StateUnavailable the state at states/prod.state.json" in told
    assert "Permission denied Give this user permission" in told
    assert list(path.parent.iterdir()) == []


def test_a_state_that_may_not_be_read_is_told_and_is_no_first_run(tmp_path: Path, path: Path) -> None:
    """No permission is not the same as nothing there."""
    backend(path).write(sealed(1), None)
    path.parent.chmod(0o755)
    path.with_name(f"{path.name}.versions").chmod(0o755)
    path.chmod(0)
    told = stranger(tmp_path, 2)
    path.chmod(0o600)
    assert "StateUnavailable the state at states/prod.state.json cannot be used: Permission denied" in told
    assert present(path) == 1


def _folder(path: Path) -> None:
    path.mkdir(parents=True)


def _link(path: Path) -> None:
    path.parent.mkdir()
    backend(path.with_name("elsewhere.json")).write(sealed(1), None)
    path.symlink_to("elsewhere.json")


def _loop(path: Path) -> None:
    path.parent.mkdir()
    path.symlink_to(path.name)


def _pipe(path: Path) -> None:
    path.parent.mkdir()
    os.mkfifo(path)


def _file_for_a_folder(path: Path) -> None:
    path.parent.write_text("a file")


@pytest.mark.parametrize("obstacle", [_folder, _link, _loop, _pipe, _file_for_a_folder])
def test_what_is_no_file_is_neither_read_nor_replaced(path: Path, obstacle: Callable[[Path], None]) -> None:
    """Folders, links (also to states), pipes: told with the path, without hanging, and left as they are."""
    obstacle(path)
    before = os.lstat(path.parent if obstacle is _file_for_a_folder else path)
    with pytest.raises(StateUnavailable, match=str(path)):
        backend(path).read()
    with pytest.raises(StateUnavailable, match=str(path)):
        backend(path).write(sealed(1), None)
    after = os.lstat(path.parent if obstacle is _file_for_a_folder else path)
    assert (before.st_ino, before.st_mode) == (after.st_ino, after.st_mode)


def test_other_files_among_the_versions_are_left_alone(path: Path) -> None:
    """Only names that offerctl gives are versions."""
    version = backend(path).write(sealed(1), None)
    for name in (
        "notes.txt",
        "99.json",
        "00000099.json.bak",
        ".DS_Store",
        "\N{ARABIC-INDIC DIGIT NINE}" * 8 + ".json",
    ):
        (path.with_name(f"{path.name}.versions") / name).write_text("not a state")
    backend(path).write(sealed(2, "run-2"), version)
    assert (present(path), serials(path)) == (2, [2, 1])


def _of(path: Path, what: str) -> Path:
    """The file that a test has another user own: the state itself, a kept version, one of the two locks."""
    versions = path.with_name(f"{path.name}.versions")
    return {
        "state": path,
        "version": versions / "00000001.json",
        "swap lock": versions / "lock",
        "lock": path.with_name(f"{path.name}.lock"),
    }[what]


@pytest.mark.parametrize("what", ["state", "version", "swap lock", "lock"])
@pytest.mark.parametrize("how", ["owned", "open to all"])
def test_what_another_user_wrote_or_could_write_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch, what: str, how: str
) -> None:
    """A state, a version that would be restored, a lock that somebody could hold for ever: nothing is done."""
    with backend(path).hold():
        version = backend(path).write(sealed(1), None)
    before = path.read_bytes()
    if how == "owned":
        give_away(_of(path, what), monkeypatch)
    else:
        _of(path, what).chmod(0o666)
    reason = "it belongs to another user" if how == "owned" else "every user of this machine may write it"

    def used() -> None:
        backend(path).read()
        list(backend(path).history())
        backend(path).write(sealed(2, "run-2"), version)
        with backend(path).hold():
            pass

    with pytest.raises(StateUnavailable, match=reason) as raised:
        used()
    assert raised.value.hint is not None
    assert "chown it to this user" in raised.value.hint
    if what != "lock":
        assert path.read_bytes() == before


def test_a_state_beyond_the_bound_is_not_read(path: Path) -> None:
    """600 MB that take no room on the disk."""
    path.parent.mkdir()
    with path.open("wb") as file:
        file.truncate(600_000_000)
    with pytest.raises(StateUnavailable, match="it has 600,000,000 bytes, and may have at most 268,435,456"):
        backend(path).read()


@pytest.mark.parametrize("linked", [".offerctl", ".offerctl/prod.state.json.versions"])
def test_no_part_of_a_states_path_below_the_project_is_a_link(tmp_path: Path, linked: str) -> None:
    """The repository could have brought it; a state that the user keeps elsewhere is the user's word."""
    root, outside = tmp_path / "root", tmp_path / "outside"
    outside.mkdir()
    (root / linked).parent.mkdir(parents=True)
    (root / linked).symlink_to(outside)
    home = open_backend("file:.offerctl/prod.state.json", root=root, environment="prod")
    for use in (home.read, lambda: list(home.history()), lambda: home.write(sealed(1), None)):
        with pytest.raises(StateUnavailable, match="in its path is a symbolic link, which is not followed"):
            use()
    assert list(outside.iterdir()) == []
    (tmp_path / "link").symlink_to(outside)
    elsewhere = open_backend(f"file:{tmp_path}/link/prod.state.json", root=root, environment="prod")
    elsewhere.write(sealed(1), None)
    assert (outside / "prod.state.json").exists()

"""Files are reached without a link, opened only when they are files, and written whole or not at all."""

from __future__ import annotations

import errno
import os
import socket
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from offerctl import disk
from offerctl.disk import Folder, Refused, TooLarge
from support.cli import environ
from support.strangers import STRANGER, give_away

USES: dict[str, Callable[[Folder], object]] = {
    "read": lambda folder: folder.read("a", most=9),
    "find": lambda folder: folder.find("a", most=9),
    "has": lambda folder: folder.has("a"),
    "names": lambda folder: folder.names(),
    "entries": lambda folder: folder.entries(),
    "create": lambda folder: folder.create("new", b"x"),
    "put_aside": lambda folder: folder.put_aside("new", b"x"),
    "replace": lambda folder: folder.replace("a", b"x"),
    "rename": lambda folder: folder.rename("a", "b"),
    "remove": lambda folder: folder.remove("a"),
    "lock": lambda folder: folder.lock("lock"),
    "make": lambda folder: folder.make(),
    "enter": lambda folder: folder.__enter__(),
}


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("part", ["sub", "sub/deeper"])
def test_a_link_in_any_part_of_the_path_is_refused(tmp_path: Path, use: str, part: str) -> None:
    """Whatever is done there; the error names the part, and behind the link nothing is read, made or changed."""
    outside = tmp_path / "outside"
    (outside / "deeper" / "deeper").mkdir(parents=True)
    for folder in (outside, outside / "deeper", outside / "deeper" / "deeper"):
        (folder / "a").write_bytes(b"theirs")
    root = tmp_path / "root"
    (root / part).parent.mkdir(parents=True)
    (root / part).symlink_to(outside / "deeper")
    before = tree(outside)
    with pytest.raises(Refused, match=f"{Path(part).name} in its path is a symbolic link"):
        USES[use](Folder(root / "sub" / "deeper", below=root))
    assert tree(outside) == before


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        path.relative_to(folder).as_posix(): (path.lstat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in folder.rglob("*")
    }


def test_what_does_not_lie_below_the_root_is_taken_at_its_word(tmp_path: Path) -> None:
    """A state that the user keeps behind a link elsewhere; and what is above the root is the user's own."""
    (tmp_path / "real" / "sub").mkdir(parents=True)
    (tmp_path / "real" / "sub" / "a").write_bytes(b"here")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "root").mkdir()
    assert Folder(tmp_path / "link" / "sub", below=tmp_path / "root").read("a", most=9) == b"here"
    assert Folder(tmp_path / "link" / "sub", below=tmp_path / "link").read("a", most=9) == b"here"
    assert Folder(tmp_path / "root" / ".." / "real" / "sub", below=tmp_path / "root").read("a", most=9) == b"here"


def test_an_open_folder_stays_the_one_it_was(tmp_path: Path) -> None:
    """Exchanged for a link while it is open: what is written goes where it was opened, not behind the link."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "a").mkdir()
    with Folder(tmp_path / "a", below=tmp_path) as folder:
        (tmp_path / "a").rename(tmp_path / "moved")
        (tmp_path / "a").symlink_to("elsewhere")
        folder.create("new", b"x")
        folder.replace("new", b"y")
        assert folder.read("new", most=1) == b"y"
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert (tmp_path / "moved" / "new").read_bytes() == b"y"


def link(path: Path) -> None:
    path.with_name("real").write_bytes(b"real")
    path.symlink_to("real")


def listening(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # the name of a socket may have 100 characters
    try:
        with socket.socket(socket.AF_UNIX) as served:
            served.bind(path.name)
    finally:
        os.chdir(here)


KINDS: dict[str, tuple[Callable[[Path], object], str]] = {
    "link": (link, "it is a symbolic link, which is not followed"),
    "link to an endless device": (lambda path: path.symlink_to("/dev/zero"), "it is a symbolic link"),
    "folder": (Path.mkdir, "it is a folder"),
    "pipe": (os.mkfifo, "it is a pipe or a device, not an ordinary file"),
    "socket": (listening, "it is a pipe or a device, not an ordinary file"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("use", ["read", "replace", "check"])
def test_what_is_no_ordinary_file_is_neither_read_nor_replaced(tmp_path: Path, kind: str, use: str) -> None:
    """At once, with the reason and the whole path, and it is left as it is."""
    make, said = KINDS[kind]
    make(tmp_path / "a")
    before = (tmp_path / "a").lstat().st_ino
    folder = Folder(tmp_path)
    uses: dict[str, Callable[[], object]] = {
        "read": lambda: folder.read("a", most=99),
        "replace": lambda: folder.replace("a", b"x"),
        "check": lambda: folder.check("a", most=99),
    }
    with pytest.raises(Refused, match=said) as raised:
        uses[use]()
    assert raised.value.filename == str(tmp_path / "a")
    assert (tmp_path / "a").lstat().st_ino == before
    assert not [name for name in os.listdir(tmp_path) if name.endswith(".tmp")]  # noqa: PTH208 - names only


@pytest.mark.parametrize("kind", ["folder", "pipe", "socket"])
def test_what_the_user_names_is_an_ordinary_file_too(tmp_path: Path, kind: str) -> None:
    """Links are followed there; nothing is waited for."""
    KINDS[kind][0](tmp_path / "a")
    (tmp_path / "link").symlink_to("a")
    with pytest.raises(OSError, match="No such device" if kind == "socket" else "it is a "):
        disk.read(tmp_path / "link", most=9)
    with pytest.raises(Refused, match="pipe or a device"):
        disk.read(Path("/dev/zero"), most=9)


def test_a_file_is_read_up_to_its_bound(tmp_path: Path) -> None:
    """To the byte; and no byte of one that is larger."""
    (tmp_path / "a").write_bytes(b"12345")
    assert Folder(tmp_path).read("a", most=5) == b"12345"
    with pytest.raises(TooLarge, match="it has 5 bytes, and may have at most 4") as raised:
        Folder(tmp_path).read("a", most=4)
    assert raised.value.size == 5


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has files that tell no size")
def test_a_file_that_tells_no_size_is_bounded_all_the_same() -> None:
    """As those of the kernel: read to their end, or to one byte more than they may have."""
    path = Path("/proc/self/status")
    whole = disk.read(path, most=100_000)
    assert whole.startswith(b"Name:")
    with pytest.raises(TooLarge, match="at most 20"):
        disk.read(path, most=20)


def test_create_replaces_nothing(tmp_path: Path) -> None:
    """Neither a file nor a link to nowhere."""
    (tmp_path / "a").write_bytes(b"before")
    (tmp_path / "link").symlink_to("nowhere")
    for name in ("a", "link"):
        with pytest.raises(FileExistsError):
            Folder(tmp_path).create(name, b"after")
    assert (tmp_path / "a").read_bytes() == b"before"
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("way", ["create('b', data)", "put_aside('b', data)", "replace('a', data)"])
def test_on_a_full_disk_nothing_half_written_is_left(tmp_path: Path, way: str) -> None:
    """A file that may not grow stands for it."""
    (tmp_path / "a").write_bytes(b"before")
    script = (
        "import resource, signal\nfrom pathlib import Path\nfrom offerctl.disk import Folder\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (99, 99))\ndata = bytes(200)\n"
        f"try:\n    Folder(Path({str(tmp_path)!r})).{way}\nexcept OSError as error:\n    print(error.errno)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=environ(tmp_path), capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{errno.EFBIG}\n"
    assert tree(tmp_path) == {"a": ((tmp_path / "a").stat().st_mode, b"before")}


@pytest.mark.parametrize("mode", [0o644, 0o600, 0o2664])
def test_a_replaced_file_keeps_its_mode_and_its_owner(tmp_path: Path, mode: int) -> None:
    """As root another user's; for others the group, as far as they are in it."""
    path = tmp_path / "a"
    path.write_bytes(b"before")
    if os.getuid() == 0:
        os.chown(path, STRANGER, STRANGER + 1)
    path.chmod(mode)
    before = path.stat()
    Folder(tmp_path).replace("a", b"after")
    after = path.stat()
    assert path.read_bytes() == b"after"
    assert (after.st_uid, after.st_gid, after.st_mode) == (before.st_uid, before.st_gid, before.st_mode)
    assert os.listdir(tmp_path) == ["a"]  # noqa: PTH208 - names are what counts


def test_a_new_file_is_private_unless_the_repository_is_to_have_it(tmp_path: Path) -> None:
    """What `replace` makes is for this user alone; `create` leaves it to the umask."""
    before = os.umask(0o027)
    try:
        Folder(tmp_path / "x" / "y").make(private=False)
        Folder(tmp_path).create("a", b"")
        Folder(tmp_path).replace("b", b"")
    finally:
        os.umask(before)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("x", "x/y", "a", "b")]
    assert modes == [0o750, 0o750, 0o640, 0o600]


def test_a_check_stops_a_replacement_before_it_takes_effect(tmp_path: Path) -> None:
    """When all is written, so that nothing can come in between but a blink."""
    (tmp_path / "a").write_bytes(b"before")

    def fails() -> None:
        assert len(os.listdir(tmp_path)) == 2  # noqa: PTH208 - names are what counts
        raise KeyError("changed meanwhile")

    with pytest.raises(KeyError):
        Folder(tmp_path).replace("a", b"after", check=fails)
    assert tree(tmp_path) == {"a": ((tmp_path / "a").stat().st_mode, b"before")}


@pytest.mark.parametrize("use", ["read", "lock", "check"])
def test_what_another_user_owns_is_refused_where_it_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, use: str
) -> None:
    """But for root under sudo, which acts for the user who called it, as git has it."""
    (tmp_path / "a").write_bytes(b"theirs")
    give_away(tmp_path / "a", monkeypatch)
    uses: dict[str, Callable[[], object]] = {
        "read": lambda: Folder(tmp_path).read("a", most=9, ours=True),
        "lock": lambda: Folder(tmp_path).lock("a"),
        "check": lambda: Folder(tmp_path).check("a", most=9),
    }
    with pytest.raises(Refused, match=r"it belongs to another user \(uid \d+\)"):
        uses[use]()
    assert Folder(tmp_path).read("a", most=9) == b"theirs", "where it decides nothing it may be read"
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("SUDO_UID", str((tmp_path / "a").stat().st_uid))
    uses[use]()


def test_what_everybody_may_write_is_refused_where_it_decides(tmp_path: Path) -> None:
    """Whoever owns it; that of a group is its members' own matter."""
    path = tmp_path / "a"
    path.write_bytes(b"anybody's")
    path.chmod(0o660)
    assert Folder(tmp_path).read("a", most=9, ours=True) == b"anybody's"
    path.chmod(0o606)
    with pytest.raises(Refused, match="every user of this machine may write it"):
        Folder(tmp_path).read("a", most=9, ours=True)


def test_folders_into_which_others_may_put_files_are_known(tmp_path: Path) -> None:
    """The sticky bit keeps others from removing files, not from adding them."""
    for mode, is_open in ((0o755, False), (0o775, False), (0o777, True), (0o1777, True)):
        tmp_path.chmod(mode)
        assert disk.may_be_written_by_others(tmp_path) is is_open
    tmp_path.chmod(0o700)
    assert disk.may_be_written_by_others(tmp_path / "missing")


def test_a_pipe_and_a_device_take_bytes_as_they_come(tmp_path: Path) -> None:
    """`plan --out` into a program, or nowhere: through a link too, which /dev/stdout is."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    disk.save(tmp_path / "link", b"x" * 100_000)
    reader.join()
    assert found == [b"x" * 100_000]
    disk.save(Path(os.devnull), b"x")
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


def test_a_link_to_a_file_is_not_written_through(tmp_path: Path) -> None:
    """Nor replaced: it is told, and both stay."""
    (tmp_path / "real").write_bytes(b"before")
    (tmp_path / "link").symlink_to("real")
    with pytest.raises(Refused, match="it is a symbolic link"):
        disk.save(tmp_path / "link", b"after")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"before"


def test_text_is_added_at_the_end(tmp_path: Path) -> None:
    """What has no form in UTF-8 is spelled out; a file that is not there is made."""
    disk.append(tmp_path / "out", "a\n")
    disk.append(tmp_path / "out", "é\udc80\n")
    assert (tmp_path / "out").read_bytes() == "a\né\\udc80\n".encode()


def test_a_report_is_for_its_owner_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a new file of its own, whatever stands in the folder for temporary ones."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    place = disk.keep_report("details")
    assert place.read_text() == "details"
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert place.parent == tmp_path

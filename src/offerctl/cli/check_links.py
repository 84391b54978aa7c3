"""`offerctl check-links`."""

from __future__ import annotations

from pathlib import Path

import click

from offerctl.app import check_links as use_case
from offerctl.app.session import Session
from offerctl.cli.options import format_option, pass_session
from offerctl.errors import Exit


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@click.option("--strict", is_flag=True, help="Exit with 1 when a page is broken or cannot be judged.")
@click.option("--allow-private", is_flag=True, help="Also ask addresses of this machine and of private networks.")
@format_option("text", "json")
@pass_session
def check_links(
    session: Session, *, paths: tuple[Path, ...], strict: bool, allow_private: bool, format_: str
) -> Exit:
    """Look at the registration pages of all offerings, or only of the files and folders PATH.

    Redirects are followed and shown, and a page that shows another price than its file is told. Nothing but the
    address is sent; private addresses are not asked, whatever a name or a redirect says. Others' sites come and
    go: without --strict what is found does not fail.
    """
    return use_case.check_links(session, paths, strict=strict, allow_private=allow_private, format_=format_)

"""What tests of the workflows share: an offerctl that is installed, and a machine that installs it."""

from __future__ import annotations

import pytest

from support.wheels import Shop, open_shop


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Made once; its machine keeps what jobs installed."""
    return open_shop(tmp_path_factory.mktemp("shop"))

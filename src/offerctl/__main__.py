"""`python -m offerctl`."""

import sys

from offerctl.cli import main

if __name__ == "__main__":
    sys.exit(main())

"""offerctl: Marketplace listings as code, for an API that can be written but not read."""

__version__ = "0.1.0"

"""All environments at once: `offerctl environments`, and `--all` of plan, apply and status."""

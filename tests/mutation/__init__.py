"""The mutation layer: `python -m mutation`, from the folder of the tests."""

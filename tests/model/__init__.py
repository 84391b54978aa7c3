"""The exploration of the protocol: `python -m model --large` from the folder of the tests."""

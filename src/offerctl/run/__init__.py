"""The order of a run, as a machine without I/O."""

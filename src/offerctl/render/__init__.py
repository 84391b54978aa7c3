"""Values in, text out: every function here returns `str` and knows no clock, disk or network."""

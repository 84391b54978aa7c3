"""GitHub: what an event says, which changes were reviewed, what is told there. All but `rest` is pure."""

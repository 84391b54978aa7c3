"""The drill: apply killed at every request of a rehearsed plan, and run again."""

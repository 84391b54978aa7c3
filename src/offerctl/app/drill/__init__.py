"""The drill: apply killed at every request of a real plan, and run again."""

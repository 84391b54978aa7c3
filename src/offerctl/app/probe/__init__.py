"""What `offerctl probe` does: a trial listing of its own, what is learned from it, and nothing left behind."""

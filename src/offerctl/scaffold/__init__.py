"""What `init` writes: `documents` gives every file; `files/` holds those that only others need."""

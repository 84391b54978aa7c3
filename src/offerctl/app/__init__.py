"""What offerctl does: one use case a module, for the command line and the workflows alike. Knows no click."""

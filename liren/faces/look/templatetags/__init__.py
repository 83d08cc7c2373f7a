"""Tags and filters, loaded by templates as `look`."""

"""Watch the source tables: find what has changed, and decide whether that is reason enough for an export."""

"""What has changed in the source tables, and whether that is reason enough for an export."""

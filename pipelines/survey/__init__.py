"""Survey of the source tables: find out what a run would do, reading as little as possible."""

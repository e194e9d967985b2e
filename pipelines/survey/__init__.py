"""What a run would do, found by reading as little as possible."""

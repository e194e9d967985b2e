"""What a config may hold, a section or a kind of value a module; ``pipelines.config`` is the whole."""

"""What a config may hold, a section or a kind of value a module; ``framehaul.pipelines.config.config`` is the whole."""

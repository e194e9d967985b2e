"""Settings of a config: a module for each section or kind of value; ``framehaul.pipelines.config.config`` is the whole."""

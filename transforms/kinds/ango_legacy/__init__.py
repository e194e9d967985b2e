"""Records of the legacy generation: an asset, its tasks, their objects."""

"""Records of an issue export."""

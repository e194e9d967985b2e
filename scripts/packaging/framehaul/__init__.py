"""Framehaul as a library: read finished exports, and run new ones. The names below are the whole of what is promised."""

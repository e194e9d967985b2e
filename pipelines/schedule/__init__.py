"""Exports that begin by themselves: when they are due, who runs them, and what is known of that on the store.

Nothing here imports Beam: an export runs in a process of its own.
"""

"""Exports that begin by themselves, when they are due or when a trigger fires, and the loop that runs them.

Nothing here imports Beam: an export runs in a process of its own.
"""

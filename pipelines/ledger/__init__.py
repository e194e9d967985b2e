"""Ledger of exports that begin by themselves, on the output store: who runs each, and who may take it over."""

"""What is known, on the output store, of exports that begin by themselves: who runs each, and who may take it over."""

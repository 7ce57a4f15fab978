"""The recall machine, one file per layer; ``machine`` composes them for a design."""

"""Every way in: HTTP, command line, workers; the only room that wires the others together."""

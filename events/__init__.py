"""The published language: what department systems and views may know, and how it goes over the wire."""

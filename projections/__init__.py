"""Views: rows made from published events, for agents who work and for auditors who check."""

"""The domain: inquiries, who holds them, what was promised, and the record that proves it."""

__version__ = "0.1.0"

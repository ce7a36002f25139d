"""What can be looked at, one blueprint for each view."""

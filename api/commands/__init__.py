"""What can be done with an inquiry, one blueprint for each part of the work."""

"""Past cases from a CSV file: a mapping says what the columns mean, and each case becomes one inquiry."""

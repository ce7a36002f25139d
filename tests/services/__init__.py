"""Real parts for tests: Apache Kafka and PostgreSQL, started when an address of one is not given."""

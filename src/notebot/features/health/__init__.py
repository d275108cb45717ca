"""Circuit breakers, status and doctor."""

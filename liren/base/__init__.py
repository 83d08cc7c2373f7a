"""The ground: mechanisms without tables and without a domain word."""

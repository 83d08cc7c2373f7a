"""The house's database backend: Django's for PostgreSQL with fewer round trips and planned statements; see docs/performance.md."""

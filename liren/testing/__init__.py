"""What tests of every room share: the cast of people, the database roles, the browser."""

"""The registry's pages: people, one person, one household, and the forms that write."""

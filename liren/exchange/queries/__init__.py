"""What is read of imports, and of the registry for them."""

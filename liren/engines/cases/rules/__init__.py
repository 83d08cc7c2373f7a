"""The decisions of the case mechanism as pure functions: values in, value out."""

"""The pages of one-stop service: what residents see, what the window sees, what anybody may check."""

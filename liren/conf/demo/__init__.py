"""The demo: a made-up population in a real township, its offices, its cases, and a story played over HTTP."""

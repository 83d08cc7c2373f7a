"""Liren 里仁: the open community service platform for the villages and neighbourhoods of China."""

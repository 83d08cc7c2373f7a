"""The API of the registry: people for staff, their own file for residents, corrections and duplicates for those who decide."""

from liren.registry.api import deciding, grids, lists, moves, own, people, trials
from liren.registry.api.router import router

__all__ = ["deciding", "grids", "lists", "moves", "own", "people", "router", "trials"]

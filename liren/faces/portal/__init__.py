"""The residents' face (居民端): the phone-first frame, its navigation and its home page."""

"""How every page looks (外观): tokens, vendored style sheets, icons, components, error pages.

Templates load its tags by name (`{% load look %}`); no room imports it. See docs/look.md.
"""

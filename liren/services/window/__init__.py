"""One-stop service (一门受理): the pages on which residents and clerks take matters from the catalogue to a rating.

Nouns: 事项 = matter, 办件 = case, 窗口 = window, 代办 = on behalf, 回执 = receipt, 好差评 = five-level rating (SPEC C05).
"""

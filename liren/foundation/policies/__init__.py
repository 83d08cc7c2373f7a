"""By which policy: packs of clauses and the data tied to them, and which place has adopted which pack.

Nouns: 政策包 = pack, 条款 = clause, 采用 = adoption, 条目 = item (a matter, a post, a code list, a calendar …).
"""

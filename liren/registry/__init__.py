"""Who lives here: people, households, dwellings and dated facts about them.

Nouns: 居民 = person, 户 = household, 户主 = head, 住房 = dwelling, 居住经历 = residence episode, 户籍地 = registered residence,
现住地 = actual residence, 监护 = guardianship (SPEC C03), 居住户 / 户籍户 = living / register household, 组织 = organisation,
转移 = move of files between communities, 人口月报 = population ledger. Every fact carries from / until, source and authority.
"""

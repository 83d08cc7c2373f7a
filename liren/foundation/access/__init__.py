"""Who may, and who did: accounts, posts, appointments, the viewer, row scope and the journal.

Nouns: 账号 = account, 岗位 = post, 任职 = appointment, 数据权限 = scope, 日志 = journal, 封存 = seal (SPEC C02).
"""

"""Exchange: what comes into the house from outside, so that nothing is lost, nothing applied twice and everything keeps its source.

Nouns: 导入批次 = batch, 一行 = row, 对应表 = mapping, 来源 = feed (another database or an HTTP API), 核对 = review, 对账 = reconciliation,
签字 = signature. It announces ``BatchStaged``, ``BatchApplied`` and ``BatchUndone``.
"""

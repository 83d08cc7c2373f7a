"""What every room uses: files, in-app messages, receipt numbers, working days.

Nouns: 附件 = stored file, 消息 = message, 受理编号 = receipt number, 工作日 = working day, 暂定 = provisional.
"""

"""What of the imports waits for somebody, as the statement of its rows: lists to be laid out, lists to be brought in."""

IMPORTS = "SELECT FROM exchange_batch WHERE area BETWEEN %(lo)s AND %(hi)s AND state IN ('uploaded', 'staged')"

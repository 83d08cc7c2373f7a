"""What waits for a decision in a range of areas, each as the statement of its rows: the desk counts them, all in one statement."""

CORRECTIONS = "SELECT FROM registry_correctionrequest WHERE area BETWEEN %(lo)s AND %(hi)s AND state = 'waiting'"
LATE_CORRECTIONS = f"{CORRECTIONS} AND due_on < %(today)s"
DUPLICATES = """SELECT FROM registry_duplicatepair
 WHERE county BETWEEN %(lo)s::bigint / 1000000000 AND %(hi)s::bigint / 1000000000 AND state = 'open' AND area BETWEEN %(lo)s AND %(hi)s"""
MOVES = "SELECT FROM registry_move WHERE area BETWEEN %(lo)s AND %(hi)s AND state = 'proposed' AND side = 'receiving'"

"""What has to be done: matters, cases, tasks, deadlines, hand-overs, results and ratings.

Nouns: 事项 = matter, 办件 = case, 任务 = task, 办理时限 = deadline, 一次性告知 = complete list of what is missing,
转办 = hand-over, 好差评 = rating. Announces: see ``events``.
"""

"""Where: the division tree, grids and the area key that makes a subtree one integer range.

Nouns: 行政区划 = division, 地方 = place (identified by level and area), 网格 = grid, 村民小组/楼栋 = unit (SPEC C01).
"""

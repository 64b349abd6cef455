"""How changes of the unit count inside a period are billed: one file per policy.

Each file has one function from terms and units to lines, without discounts.
"""

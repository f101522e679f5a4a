"""Your own code beside the generated one: written once, and touched by no update.

fixtures.py: pytest fixtures for every check. seed.py: rows that every check begins with. logins.py:
logins that need code. check_*.py: checks of your own. Anything else: import it, `local.<module>`.
"""

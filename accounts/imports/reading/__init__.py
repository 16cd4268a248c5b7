"""Reading a file of people: pure functions without a database, so that hostile files meet nothing
else.
"""

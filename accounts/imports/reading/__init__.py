"""Reading a file of people: pure functions, without a database that a hostile file could meet."""

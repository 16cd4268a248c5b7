"""What an export says, as typed rows as of a ledger position; knows no spreadsheet."""

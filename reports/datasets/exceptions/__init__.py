"""Exceptions: everything that did not go as planned, one row each, with its ledger entry."""

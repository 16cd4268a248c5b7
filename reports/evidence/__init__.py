"""The evidence bundle: everything that an auditor needs to check an export alone."""

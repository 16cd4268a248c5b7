"""The models of every room of this app, gathered for Django."""

from accounts.directory.models import Employee
from accounts.imports.models import DirectoryVersion, ImportRun, StagedRow
from accounts.signin.models import SignInLink, Throttle, User

__all__ = [
    "DirectoryVersion",
    "Employee",
    "ImportRun",
    "SignInLink",
    "StagedRow",
    "Throttle",
    "User",
]

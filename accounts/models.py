"""The models of every room of this app, gathered for Django."""

from accounts.directory.models import Employee
from accounts.entra.models import Kept, OpenSignIn
from accounts.imports.models import DirectoryVersion, ImportRun, StagedRow
from accounts.signin.models import SignInLink, Throttle, User

__all__ = [
    "DirectoryVersion",
    "Employee",
    "ImportRun",
    "Kept",
    "OpenSignIn",
    "SignInLink",
    "StagedRow",
    "Throttle",
    "User",
]

"""The models of every room of this app, gathered for Django."""

from accounts.directory.models import Employee
from accounts.entra.directory.models import (
    EntraAccount,
    EntraMember,
    EntraPage,
    EntraReading,
    EntraRules,
)
from accounts.entra.models import Kept, OpenSignIn
from accounts.imports.models import DirectoryVersion, ImportRun, StagedRow
from accounts.imports.troubles import Trouble
from accounts.imports.watched import WatchedFile
from accounts.signin.models import SignInLink, Throttle, User

__all__ = [
    "DirectoryVersion",
    "Employee",
    "EntraAccount",
    "EntraMember",
    "EntraPage",
    "EntraReading",
    "EntraRules",
    "ImportRun",
    "Kept",
    "OpenSignIn",
    "SignInLink",
    "StagedRow",
    "Throttle",
    "Trouble",
    "User",
    "WatchedFile",
]

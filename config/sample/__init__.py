"""The sample company: invented people to try Optrail with, on this machine only."""

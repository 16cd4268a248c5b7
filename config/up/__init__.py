"""One command that runs everything on one machine: `manage.py up` and `manage.py demo`."""

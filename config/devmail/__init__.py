"""The mail catcher of `manage.py up`: takes every mail on loopback, shows it at /dev/mail/."""

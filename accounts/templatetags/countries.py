"""Countries by name in templates."""

from django import template

from accounts.imports.reading.countries import country_name

register = template.Library()
# `{{ person.country|country_name }}`: "Germany" for "DE".
register.filter("country_name", country_name)

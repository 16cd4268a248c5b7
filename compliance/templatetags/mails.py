"""`step_name` in templates: `{{ mail.step|step_name }}`."""

from django import template

from compliance.campaigns.policy import step_name

register = template.Library()
register.filter("step_name", step_name)

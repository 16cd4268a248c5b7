from django.db import migrations

from compliance.guides.guards import guard_operation


class Migration(migrations.Migration):
    dependencies = [("compliance", "0001_initial")]

    operations = [guard_operation()]

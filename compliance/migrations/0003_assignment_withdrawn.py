from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("compliance", "0002_published_versions")]

    operations = [
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(
                condition=models.Q(("withdrawn", True)),
                fields=["campaign"],
                name="assignment_withdrawn",
            ),
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('registry', '0010_grids'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='person',
            index=models.Index(fields=['area', 'birth_on', 'subject'], name='registry_person_by_birth'),
        ),
        migrations.RemoveIndex(
            model_name='person',
            name='registry_person_by_age',
        ),
        migrations.AddIndex(
            model_name='stay',
            index=models.Index(fields=['area', 'valid_from', 'subject'], name='registry_stay_by_start'),
        ),
        migrations.RemoveIndex(
            model_name='stay',
            name='registry_stay_by_beginning',
        ),
    ]

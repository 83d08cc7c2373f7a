from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0002_newest'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='case',
            index=models.Index(fields=['area', 'state', 'id', 'matter'], name='cases_case_by_state'),
        ),
        migrations.RemoveIndex(
            model_name='case',
            name='cases_case_of_community',
        ),
    ]

from django.db import migrations


class Migration(migrations.Migration):
    """Let the commit of an action that defers a job notify nobody: such commits wait for each other, and each for the disk alone.

    The worker looks for jobs twice a second instead; see docs/adr/0011.
    """

    dependencies = [
        ('access', '0001_initial'),
        ('procrastinate', '0041_post_retry_failed_job'),
    ]

    operations = [
        migrations.RunSQL(
            'ALTER TABLE procrastinate_jobs DISABLE TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1',
            'ALTER TABLE procrastinate_jobs ENABLE TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1',
        ),
    ]

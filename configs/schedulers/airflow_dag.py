"""A nightly export as an Airflow DAG: put it into the folder ``dags/`` of Airflow 2.10 or later.

Airflow decides when the export is due, so the config needs no ``schedule:``. The id follows from the due time,
so a try that follows a failed one goes on with what that has stored.
"""

from datetime import datetime, timedelta

from airflow import DAG
from airflow.operators.bash import BashOperator

CONFIG = "/etc/framehaul/nightly.yaml"
EXPORT_ID = "nightly-{{ data_interval_end.strftime('%Y%m%dT%H%M%SZ') }}"
RESUME = "{{ '--resume' if task_instance.try_number > 1 else '' }}"

with DAG(
    dag_id="framehaul_nightly",
    description="Export annotations as sharded NDJSON with a manifest",
    schedule="15 2 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=10)},
    tags=["annotations"],
) as dag:
    export = BashOperator(
        task_id="export",
        bash_command=f"framehaul run {CONFIG} --export-id {EXPORT_ID} {RESUME} --trigger 'airflow={{{{ run_id }}}}'",
    )
    verify = BashOperator(
        task_id="verify",
        bash_command=f"framehaul verify s3://annotation-exports/project/{EXPORT_ID} --config {CONFIG}",
    )
    export >> verify

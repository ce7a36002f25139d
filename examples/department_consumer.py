"""Follows what happens to the inquiries of one department, with kafka-python and nothing of casebackbone.

    python department_consumer.py --bootstrap localhost:9092 --department bauamt

Prints a line for each event: what happened, the citizen's reference, until when something is due.
"""

import argparse
import json

from kafka import KafkaConsumer

options = argparse.ArgumentParser(description="Follow the inquiries of one department.")
options.add_argument("--bootstrap", required=True, metavar="HOST:PORT")
options.add_argument("--department", required=True, metavar="ID")
options.add_argument("--topic", default="casebackbone.inquiries.v1")
options.add_argument("--until-idle", type=float, default=float("inf"), metavar="SECONDS", help="end when nothing comes")
chosen = options.parse_args()

consumer = KafkaConsumer(
    chosen.topic,
    bootstrap_servers=chosen.bootstrap,
    group_id=f"department-{chosen.department}",
    enable_auto_commit=False,  # committed below, after the work
    auto_offset_reset="earliest",
    isolation_level="read_committed",
    allow_auto_create_topics=False,
)
if not consumer.partitions_for_topic(chosen.topic):
    raise SystemExit(f"there is no topic {chosen.topic}")

done: dict[str, int] = {}  # inquiry -> number of its last event here; a real system keeps this with its own data
while found := consumer.poll(timeout_ms=chosen.until_idle * 1000):
    for record in (record for records in found.values() for record in records):
        header = {name: value.decode() for name, value in record.headers}
        inquiry, number = header["ce_subject"], int(header["ce_sequence"])
        ours = chosen.department in (header.get("ce_department"), header.get("ce_offeredto"))
        if number <= done.get(inquiry, 0) or not (ours or inquiry in done):
            continue  # seen before, or never ours; what once was ours is followed, to see it go
        standing = json.loads(record.value)["standing"]
        what = header["ce_type"].removeprefix("casebackbone.inquiry.")
        print(what, standing["reference"], standing["due_at"] or "-", *([] if ours else ["gone"]), flush=True)
        done[inquiry] = number
    consumer.commit()
consumer.close()

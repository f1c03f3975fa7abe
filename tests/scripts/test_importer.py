"""The importer's pure part: rows to raw objects, in the layout that ingest writes."""

import gzip
import json
from datetime import timedelta
from pathlib import Path

import pytest
from event_mapping import Mapping, MappingError, read_events, read_mapping
from import_events import EVENTS_PER_OBJECT, raw_files
from send_events import batches_of

ECOM = Path(__file__).parents[1] / "data" / "ecom"
RULES = {
    "source": "test",
    "event_id": "test:{no}",
    "event_time": "{at}",
    "anonymous_id": "{who}",
    "event_name": {"from": "{what}", "names": {"buy": "purchase"}},
}


def csv_file(folder: Path, *rows: str) -> Path:
    path = folder / "events.csv"
    path.write_text("\n".join(["no,at,who,what", *rows]) + "\n")
    return path


def test_real_data_maps_without_a_reject() -> None:
    events = list(read_events(ECOM / "ecom_events.csv.gz", read_mapping(ECOM / "mapping.yml")))
    files = list(raw_files("ecom", events))
    assert (len(events), len(files)) == (31_106, 1_874)
    assert not any(file.is_rejected for file in files)
    first = json.loads(events[0].body)
    # python3 -c "import uuid; print(uuid.uuid5(uuid.NAMESPACE_URL, 'ecom:0'))"
    assert first["event_id"] == "3137d5a2-5205-596f-9aa5-3fd68d185a0b"
    assert first["params"]["source_event"] == "home"


def test_same_file_gives_the_same_objects(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "1,2026-03-02 10:00:00,v1,buy", "2,2026-03-02T12:59:00+02:00,v1,look")
    one, other = (list(raw_files("test", read_events(path, Mapping(RULES)))) for _ in range(2))
    assert one == other
    assert len(one) == 1, "12:59 +02:00 is in the hour of 10:00 UTC"


def test_shift_moves_whole_days(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "1,2026-03-02 10:00:00,v1,buy")
    (file,) = raw_files("test", read_events(path, Mapping(RULES), timedelta(days=3)))
    assert file.key.startswith("events/dt=2026-03-05/hr=10/")


def test_row_that_breaks_the_contract_is_kept_in_rejected(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "1,2026-03-02 10:00:00,v1,no good", "2,2026-03-02 10:00:01,v1,buy")
    accepted, rejected = raw_files("test", read_events(path, Mapping(RULES)))
    assert (accepted.events_count, rejected.events_count) == (1, 1)
    assert rejected.key.startswith("rejected/dt=2026-03-02/hr=10/")
    assert "event_name" in json.loads(gzip.decompress(rejected.body))["reason"]


def test_large_hour_is_split(tmp_path: Path) -> None:
    path = csv_file(tmp_path, *(f"{i},2026-03-02 10:00:00,v1,buy" for i in range(EVENTS_PER_OBJECT + 1)))
    assert [file.events_count for file in raw_files("test", read_events(path, Mapping(RULES)))] == [5000, 1]


@pytest.mark.parametrize(
    ("row", "message"),
    [("1,yesterday,v1,buy", "ISO 8601"), ("1,,v1,buy", "ISO 8601")],
)
def test_unreadable_time_is_an_error_with_its_row(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(MappingError, match=message):
        list(read_events(csv_file(tmp_path, row), Mapping(RULES)))


def test_missing_column_is_an_error_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="'price'"):
        list(
            read_events(csv_file(tmp_path, "1,2026-03-02,v1,buy"), Mapping({**RULES, "event_id": "{price}"}))
        )


def test_missing_rule_is_an_error_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "mapping.yml"
    path.write_text("source: x\nevent_id: y\n")
    with pytest.raises(MappingError, match="event_time"):
        read_mapping(path)


def test_live_batches_hold_one_visitor_each_and_no_event_is_lost() -> None:
    events = list(read_events(ECOM / "ecom_events.csv.gz", read_mapping(ECOM / "mapping.yml")))[:2000]
    batches = list(batches_of("ecom", events))
    assert sum(len(found) for _, found in batches) == 2000
    assert all(len({found.anonymous_id for found in batch}) == 1 for _, batch in batches)

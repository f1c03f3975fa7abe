"""What is read in the queries of the marts."""

from etl.marts import marts


def test_what_rows_of_a_mart_follow_from_is_read_in_its_query() -> None:
    by_person = {mart.table: mart.person_column for mart in marts() if mart.person_column}
    assert by_person == {"people_daily": "person_id", "customer_orders_daily": "customer_id"}
    assert set(by_person) <= {mart.table for mart in marts() if mart.reads_people}

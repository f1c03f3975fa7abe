"""What is read in the queries of the marts."""

from etl.marts import marts


def test_marts_that_say_whose_sessions_are_name_the_column_by_which_people_are_rewritten() -> None:
    by_person = {mart.table: mart.person_column for mart in marts() if mart.person_column}
    assert by_person == {"people_daily": "person_id", "customer_orders_daily": "customer_id"}
    of_sessions = [mart for mart in marts() if mart.dates == "session_dates"]
    assert set(by_person) == {mart.table for mart in of_sessions if "person_id" in mart.query}

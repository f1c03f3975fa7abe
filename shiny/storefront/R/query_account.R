# The account over everything ever received: how many events were stored, and what became of them.
# An hour balances when stored = loaded + rejected + duplicate + erased.
query_account <- function() {
  as.list(database_query(
    "SELECT
       count(*)::float8 AS hours_count,
       coalesce(sum(stored_count), 0)::float8 AS stored_count,
       coalesce(sum(loaded_count), 0)::float8 AS loaded_count,
       coalesce(sum(rejected_count), 0)::float8 AS rejected_count,
       coalesce(sum(duplicate_count), 0)::float8 AS duplicate_count,
       coalesce(sum(erased_count), 0)::float8 AS erased_count,
       coalesce(sum(bot_count), 0)::float8 AS bot_count,
       count(*) FILTER (WHERE is_unbalanced)::float8 AS unbalanced_hours_count,
       to_char(
         min(received_hour) FILTER (WHERE is_unbalanced) AT TIME ZONE 'UTC',
         'YYYY-MM-DD HH24:MI'
       ) AS first_unbalanced_hour
     FROM (
       SELECT account_hourly.*,
         stored_count <> loaded_count + rejected_count + duplicate_count + erased_count AS is_unbalanced
       FROM mart.account_hourly
     ) AS hours"
  ))
}

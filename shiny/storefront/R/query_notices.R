# The sentences that analysts must see, oldest first: a character vector.
query_notices <- function() {
  as.character(database_query("SELECT body FROM mart.notice ORDER BY created_at, notice_id")$body)
}

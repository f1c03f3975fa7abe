# Answers of queries, shared by all readers of this R process and forgotten after 15 minutes.
# Not shiny::bindCache(): that one remembers errors too, so a database that was away for a second
# would stay away for as long as the key lives.
remembered_answers <- cachem::cache_mem(max_size = 64 * 1024^2, max_age = 900)

# The answer under `key`, a list of plain values; `compute` is called when there is none.
remembered <- function(key, compute, answers = remembered_answers) {
  hash <- rlang::hash(key)
  answer <- answers$get(hash, missing = NULL)
  if (is.null(answer)) {
    answer <- compute()
    answers$set(hash, answer)
  }
  answer
}

# ranger's random forest as a benchmark peer; the protocol is that of sklearn_forest.py, with "key=value" words instead of JSON
# (base R reads no JSON). Probability forests, as the product gives probabilities; ranger's own default of 10 rows a leaf for them.
suppressMessages(library(ranger))

read_rows <- function(stem, rows, columns) {
  x <- readBin(paste0(stem, ".x"), "numeric", n = rows * columns, size = 4)
  y <- readBin(paste0(stem, ".y"), "integer", n = rows, size = 4)
  list(x = matrix(x, nrow = rows, ncol = columns, dimnames = list(NULL, paste0("x", seq_len(columns)))), y = y)
}

peak_mb <- function() {
  status <- readLines("/proc/self/status")
  as.numeric(gsub("[^0-9]", "", grep("^VmHWM", status, value = TRUE))) / 1024
}

input <- file("stdin", open = "r")
while (length(line <- readLines(input, n = 1)) > 0) {
  words <- strsplit(strsplit(line, " ", fixed = TRUE)[[1]], "=", fixed = TRUE)
  job <- setNames(lapply(words, `[`, 2), vapply(words, `[`, "", 1))
  number <- function(name) as.integer(job[[name]])
  train <- read_rows(job$train, number("rows"), number("columns"))
  y <- factor(train$y, levels = seq_len(number("classes")) - 1L)
  seconds <- system.time(forest <- ranger(
    x = train$x, y = droplevels(y), probability = TRUE, num.trees = number("trees"),
    max.depth = number("maxDepth"), num.threads = number("threads"), seed = number("seed"), verbose = FALSE
  ))[["elapsed"]]
  peak <- peak_mb()
  test <- read_rows(job$test, number("testRows"), number("columns"))
  predicted <- predict(forest, test$x, num.threads = number("threads"))$predictions
  probabilities <- matrix(0, nrow = number("testRows"), ncol = number("classes"))
  probabilities[, as.integer(colnames(predicted)) + 1] <- predicted
  writeBin(as.vector(t(probabilities)), job$output, size = 4)
  cat(sprintf('{"seconds": %.6f, "peakMb": %.1f}\n', seconds, peak))
}

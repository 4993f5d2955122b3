"""scikit-learn's random forest as a benchmark peer.

Reads one job a line (JSON) from standard input and answers one line each:
  job     train/test: path stems; <stem>.x is float32, column after column, <stem>.y is int32;
          rows, testRows, columns, classes, trees, maxDepth (0: no bound), seed, threads, output (path)
  answer  seconds: the fit alone, data in memory; peakMb: the process's high-water mark
Probabilities of the test rows go to the output path, float32, row after row.
"""
import json
import resource
import sys
import time

import numpy as np
from sklearn.ensemble import RandomForestClassifier


def read(stem, rows, columns):
    # Row-major float32: what the trees use inside, so no conversion is timed. Filled column by column: never in memory twice.
    x = np.empty((rows, columns), np.float32)
    with open(stem + ".x", "rb") as file:
        for column in range(columns):
            x[:, column] = np.fromfile(file, np.float32, rows)
    return x, np.fromfile(stem + ".y", np.int32)


def main():
    for line in sys.stdin:
        job = json.loads(line)
        x, y = read(job["train"], job["rows"], job["columns"])
        forest = RandomForestClassifier(
            n_estimators=job["trees"],
            max_depth=job["maxDepth"] or None,
            n_jobs=job["threads"],
            random_state=job["seed"],
        )
        start = time.perf_counter()
        forest.fit(x, y)
        seconds = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        test, _ = read(job["test"], job["testRows"], job["columns"])
        probabilities = np.zeros((job["testRows"], job["classes"]), np.float32)
        probabilities[:, forest.classes_] = forest.predict_proba(test)
        probabilities.tofile(job["output"])
        print(json.dumps({"seconds": seconds, "peakMb": peak}), flush=True)


if __name__ == "__main__":
    main()

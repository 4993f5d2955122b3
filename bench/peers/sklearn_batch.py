"""scikit-learn's predict as a benchmark peer: rows a second of batches that are arrays already.

sklearn_batch.py IRIS_CSV ROWS [REPEATS]: trains 100 trees on the file, prints one line of JSON.
"""
import csv
import json
import sys
import time

import numpy as np
from sklearn.ensemble import RandomForestClassifier


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        lines = list(csv.reader(file))[1:]
    x = np.array([line[:-1] for line in lines], dtype=np.float32)
    y = np.array([line[-1] for line in lines])
    forest = RandomForestClassifier(n_estimators=100, random_state=1, n_jobs=2).fit(x, y)
    batch = np.resize(x, (int(sys.argv[2]), x.shape[1]))
    repeats = int(sys.argv[3]) if len(sys.argv) > 3 else 30
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        forest.predict(batch)
        times.append(time.perf_counter() - start)
    print(json.dumps({"rowsPerSecond": len(batch) / sorted(times)[repeats // 2]}))


if __name__ == "__main__":
    main()

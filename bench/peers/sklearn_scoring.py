"""scikit-learn's predict_proba as a benchmark peer: nanoseconds of processor time a row, alone and in blocks.

sklearn_scoring.py STEM ROWS COLUMNS TREES: trains on <STEM>.x/.y (as in sklearn_forest.py), prints one line of JSON.
"""
import json
import sys
import time

import numpy as np
from sklearn.ensemble import RandomForestClassifier

BLOCK = 1000


def median_seconds(call, repeats):
    times = []
    for _ in range(repeats):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return sorted(times)[len(times) // 2]


def main():
    stem, rows, columns, trees = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    x = np.ascontiguousarray(np.fromfile(stem + ".x", np.float32).reshape(columns, rows).T)
    y = np.fromfile(stem + ".y", np.int32)
    forest = RandomForestClassifier(n_estimators=trees, random_state=1, n_jobs=1).fit(x, y)
    block = np.resize(x, (BLOCK, columns))
    single = median_seconds(lambda: forest.predict_proba(x[:1]), 100)
    many = median_seconds(lambda: forest.predict_proba(block), 30)
    print(json.dumps({"singleNsPerRow": single * 1e9, "blockNsPerRow": many / BLOCK * 1e9}))


if __name__ == "__main__":
    main()

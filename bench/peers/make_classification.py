"""Writes a generated data set for the large benchmark: make_classification.py STEM ROWS TEST_ROWS (files as in sklearn_forest.py)."""
import sys

import numpy as np
from sklearn.datasets import make_classification


def main():
    stem, rows, test_rows = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    x, y = make_classification(
        n_samples=rows + test_rows, n_features=50, n_informative=20, n_classes=10, flip_y=0.2, random_state=1
    )
    x = x.astype(np.float32)
    for name, part in (("train", slice(0, rows)), ("test", slice(rows, rows + test_rows))):
        x[part].T.tofile(f"{stem}.{name}.x")
        y[part].astype(np.int32).tofile(f"{stem}.{name}.y")


if __name__ == "__main__":
    main()

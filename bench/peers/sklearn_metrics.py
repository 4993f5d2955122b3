"""scikit-learn's metrics as a peer of ours.

Reads one job a line (JSON) from standard input and answers one line each: the metrics by name.
  job   kind: classes or number; answers: path, float32 (row after row of `classes` probabilities, or a number each);
        labels: path, int32 classes or float32 numbers; classes

Calibration error and Brier's score of several classes are not in scikit-learn (1.2): NumPy formulas stand here.
"""
import json
import sys
import warnings

import numpy as np
from sklearn import metrics


def calibration_error(p, y, bins=15):
    p = p.astype(np.float64)
    confidence, right = p.max(axis=1), p.argmax(axis=1) == y
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    return sum(
        (place == b).mean() * abs(right[place == b].mean() - confidence[place == b].mean())
        for b in range(bins)
        if (place == b).any()
    )


def roc_auc(p, y, classes):
    if classes == 2:
        return metrics.roc_auc_score(y, p[:, 1])
    present = [k for k in range(classes) if 0 < (y == k).sum() < len(y)]
    if len(present) == classes:
        return metrics.roc_auc_score(y, p, multi_class="ovr", average="macro", labels=range(classes))
    # scikit-learn refuses a class without a row: the mean over the others.
    return np.mean([metrics.roc_auc_score(y == k, p[:, k]) for k in present])


def of_classes(job):
    y = np.fromfile(job["labels"], np.int32)
    p = np.fromfile(job["answers"], np.float32).reshape(len(y), job["classes"])
    labels, predicted = range(job["classes"]), p.argmax(axis=1)
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(y, predicted, labels=labels, zero_division=0)
    brier = (
        metrics.brier_score_loss(y, p[:, 1], pos_label=1)
        if job["classes"] == 2
        else np.mean(np.sum((p.astype(np.float64) - np.eye(job["classes"])[y]) ** 2, axis=1))
    )
    return {
        "accuracy": metrics.accuracy_score(y, predicted),
        "macroF1": metrics.f1_score(y, predicted, average="macro", zero_division=0),
        "logLoss": metrics.log_loss(y, p, labels=labels),
        "rocAuc": roc_auc(p, y, job["classes"]),
        "brier": brier,
        "calibrationError": calibration_error(p, y),
        "perClass": np.column_stack([precision, recall, f1]).ravel().tolist(),
        "confusion": metrics.confusion_matrix(y, predicted, labels=labels).ravel().tolist(),
    }


def of_number(job):
    y = np.fromfile(job["labels"], np.float32).astype(np.float64)
    p = np.fromfile(job["answers"], np.float32).astype(np.float64)
    answer = {
        "rmse": metrics.mean_squared_error(y, p, squared=False),
        "mae": metrics.mean_absolute_error(y, p),
        "r2": metrics.r2_score(y, p),
    }
    for share in (50, 90, 95, 99):
        answer[f"absoluteError{share}"] = np.quantile(np.abs(y - p), share / 100)
    return answer


def main():
    warnings.filterwarnings("ignore")
    for line in sys.stdin:
        job = json.loads(line)
        answer = of_classes(job) if job["kind"] == "classes" else of_number(job)
        print(json.dumps({k: v if isinstance(v, list) else float(v) for k, v in answer.items()}), flush=True)


if __name__ == "__main__":
    main()

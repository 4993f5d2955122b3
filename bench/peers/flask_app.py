"""The kind of service that the product replaces: a scikit-learn forest on iris behind Flask, served by gunicorn.

Run: gunicorn --workers 2 --bind 127.0.0.1:PORT flask_app:app   (IRIS_CSV names the data file)
"""
import csv
import os

from flask import Flask, jsonify, request
from sklearn.ensemble import RandomForestClassifier

CLASSES = ["setosa", "versicolor", "virginica"]

with open(os.environ["IRIS_CSV"], encoding="utf-8") as file:
    ROWS = list(csv.DictReader(file))

MODEL = RandomForestClassifier(n_estimators=100, random_state=1).fit(
    [[float(v) for k, v in row.items() if k != "species"] for row in ROWS],
    [CLASSES.index(row["species"]) for row in ROWS],
)

app = Flask(__name__)


@app.get("/health")
def health():
    return jsonify(status="healthy")


@app.post("/predict")
def predict():
    features = request.get_json()["features"]
    return jsonify(prediction=int(MODEL.predict([features])[0]))

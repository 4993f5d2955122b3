using Analytics.Registry.Models;

namespace Analytics.Trainer.Worker.Training.Registration;

/// <summary>A model that was trained elsewhere, to be checked in place of a training.</summary>
/// <param name="ModelFile">The ONNX graph in the work folder.</param>
/// <param name="Signature">What it is said to take and give.</param>
/// <param name="GoldenFile">Golden rows in the work folder; null: none came with it.</param>
/// <param name="HasData">True when a labelled data set is in the work folder, whose held-out rows it is evaluated on.</param>
public sealed record RegisteredModel(string ModelFile, Signature Signature, string? GoldenFile, bool HasData);

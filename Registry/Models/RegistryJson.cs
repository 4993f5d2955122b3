using System.Text.Json.Serialization;

namespace Analytics.Registry.Models;

/// <summary>The JSON form of the store's documents: camel case, indented for people, unknown members ignored.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Manifest))]
[JsonSerializable(typeof(ManifestFormat))]
[JsonSerializable(typeof(AliasSetting))]
[JsonSerializable(typeof(Signature))]
[JsonSerializable(typeof(Scoring.GoldenRows))]
public sealed partial class RegistryJson : JsonSerializerContext;

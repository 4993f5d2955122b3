using System.Diagnostics.CodeAnalysis;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Analytics.Registry.Database.Configurations;

/// <summary>An enum as its lower-case name: readable in SQL, and safe against reordering.</summary>
[SuppressMessage("Globalization", "CA1308", Justification = "Lower case is the stored form, not a normalisation.")]
internal sealed class LowerCaseEnumConverter<TEnum>() : ValueConverter<TEnum, string>(
    v => v.ToString().ToLowerInvariant(),
    v => Enum.Parse<TEnum>(v, true))
    where TEnum : struct, Enum;

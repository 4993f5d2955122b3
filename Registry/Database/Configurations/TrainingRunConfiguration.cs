using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Analytics.Registry.Database.Configurations;

internal sealed class TrainingRunConfiguration : IEntityTypeConfiguration<TrainingRun>
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public void Configure(EntityTypeBuilder<TrainingRun> builder)
    {
        builder.ToTable("training_runs");
        builder.Property(r => r.Id).ValueGeneratedNever();
        builder.Property(r => r.State).HasConversion<LowerCaseEnumConverter<RunState>>();
        builder.Property(r => r.Promote).HasConversion<LowerCaseEnumConverter<PromotePolicy>>();
        builder.Property(r => r.Parameters).HasColumnType("jsonb").HasConversion(
            v => JsonSerializer.Serialize(v, Json),
            v => JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(v, Json)!,
            new ValueComparer<Dictionary<string, JsonElement>>(
                (a, b) => JsonSerializer.Serialize(a, Json) == JsonSerializer.Serialize(b, Json),
                v => JsonSerializer.Serialize(v, Json).GetHashCode(StringComparison.Ordinal)));
        builder.Property(r => r.Choices).HasColumnType("jsonb").HasConversion(
            v => JsonSerializer.Serialize(v, Json),
            v => JsonSerializer.Deserialize<TrainingChoices>(v, Json));
        // Written whole once at the end of a run, so comparing by reference is enough.
        builder.Property(r => r.Result).HasColumnType("jsonb").HasConversion(
            v => JsonSerializer.Serialize(v, Json),
            v => JsonSerializer.Deserialize<RunResult>(v, Json));

        builder.HasIndex(r => r.IdempotencyKey).IsUnique();
        // No two runs reserve the same number of a model.
        builder.HasIndex(r => new { r.Model, r.Version }).IsUnique().HasFilter("version IS NOT NULL");
        // The claim looks at live rows only: its cost does not grow with the history.
        builder.HasIndex(r => r.RequestedAt, "ix_training_runs_live").HasFilter("state IN ('queued', 'running')");
        builder.HasIndex(r => new { r.Model, r.RequestedAt });
        builder.HasIndex(r => r.RequestedAt);
        builder.HasIndex(r => new { r.RequestedBy, r.RequestedAt });
    }
}

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Analytics.Registry.Database.Configurations;

internal sealed class PredictionRecordConfiguration : IEntityTypeConfiguration<PredictionRecord>
{
    public void Configure(EntityTypeBuilder<PredictionRecord> builder)
    {
        builder.ToTable("predictions");
        // The key of a partitioned table holds the partition key.
        builder.HasKey(p => new { p.Id, p.Time });
        builder.Property(p => p.Features).HasColumnType("jsonb");
        builder.Property(p => p.Probabilities).HasColumnType("real[]");
        builder.Property(p => p.Role).HasDefaultValue(PredictionRole.Champion);
        builder.HasIndex(p => new { p.Model, p.Time });
        builder.HasIndex(p => p.RequestId);
    }
}

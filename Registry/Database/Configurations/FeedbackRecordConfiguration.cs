using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Analytics.Registry.Database.Configurations;

internal sealed class FeedbackRecordConfiguration : IEntityTypeConfiguration<FeedbackRecord>
{
    public void Configure(EntityTypeBuilder<FeedbackRecord> builder)
    {
        builder.ToTable("feedback");
        // No foreign key: feedback may be stored before its prediction is, and a partitioned table's key holds the time too.
        builder.HasKey(f => f.PredictionId);
        builder.Property(f => f.PredictionId).ValueGeneratedNever();
        builder.HasIndex(f => new { f.Client, f.Time });
        builder.HasIndex(f => f.Time);
    }
}

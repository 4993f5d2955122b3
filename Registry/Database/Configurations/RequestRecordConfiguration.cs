using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Analytics.Registry.Database.Configurations;

internal sealed class RequestRecordConfiguration : IEntityTypeConfiguration<RequestRecord>
{
    public void Configure(EntityTypeBuilder<RequestRecord> builder)
    {
        builder.ToTable("requests");
        // The key of a partitioned table holds the partition key.
        builder.HasKey(r => new { r.Id, r.Time });
        builder.HasIndex(r => r.Time);
        builder.HasIndex(r => new { r.Model, r.Time });
        // A trace id is random, and asked for as a whole: a tree of them was a quarter of the table's cost to the database.
        builder.HasIndex(r => r.TraceId).HasMethod("hash");
        // Erasure finds a client's records by it.
        builder.HasIndex(r => new { r.Client, r.Time });
    }
}

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Analytics.Registry.Database.Configurations;

internal sealed class JournalPositionRecordConfiguration : IEntityTypeConfiguration<JournalPositionRecord>
{
    public void Configure(EntityTypeBuilder<JournalPositionRecord> builder)
    {
        builder.ToTable("journal_positions");
        builder.HasKey(p => p.JournalId);
        builder.Property(p => p.JournalId).ValueGeneratedNever();
    }
}

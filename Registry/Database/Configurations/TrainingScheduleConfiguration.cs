using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Analytics.Registry.Database.Configurations;

internal sealed class TrainingScheduleConfiguration : IEntityTypeConfiguration<TrainingSchedule>
{
    public void Configure(EntityTypeBuilder<TrainingSchedule> builder)
    {
        builder.ToTable("training_schedules");
        builder.HasKey(s => s.Model);
        builder.Property(s => s.Missed).HasConversion<LowerCaseEnumConverter<MissedRuns>>();
        builder.Property(s => s.Request).HasColumnType("jsonb");
        builder.HasIndex(s => s.NextAt);
    }
}

using Microsoft.EntityFrameworkCore;

namespace Analytics.Registry.Database;

/// <summary>The database that trainer and scorer share: runs, request history and predictions.</summary>
public sealed class AnalyticsContext(DbContextOptions<AnalyticsContext> options) : DbContext(options)
{
    /// <summary>The name of the connection string, and of the database resource in the AppHost.</summary>
    public const string ConnectionName = "analytics";

    /// <summary>The training runs; also the queue.</summary>
    public DbSet<TrainingRun> TrainingRuns => Set<TrainingRun>();

    /// <summary>When models are trained by themselves.</summary>
    public DbSet<TrainingSchedule> TrainingSchedules => Set<TrainingSchedule>();

    /// <summary>The request history.</summary>
    public DbSet<RequestRecord> Requests => Set<RequestRecord>();

    /// <summary>The scored rows.</summary>
    public DbSet<PredictionRecord> Predictions => Set<PredictionRecord>();

    /// <summary>The outcomes of predictions.</summary>
    public DbSet<FeedbackRecord> Feedback => Set<FeedbackRecord>();

    /// <summary>The orders to erase a client's records.</summary>
    public DbSet<Erasure> Erasures => Set<Erasure>();

    /// <summary>Up to where the scorers' journals are stored.</summary>
    public DbSet<JournalPositionRecord> JournalPositions => Set<JournalPositionRecord>();

    /// <inheritdoc/>
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(AnalyticsContext).Assembly);
    }
}

using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace Analytics.Registry.Database;

/// <summary>Lets <c>dotnet ef migrations add</c> build the model; it never connects.</summary>
internal sealed class AnalyticsContextFactory : IDesignTimeDbContextFactory<AnalyticsContext>
{
    public AnalyticsContext CreateDbContext(string[] args)
    {
        var options = new DbContextOptionsBuilder<AnalyticsContext>();
        AnalyticsDatabase.Configure(options.UseNpgsql("Host=design-time"));
        return new AnalyticsContext(options.Options);
    }
}

using Analytics.Trainer.Worker.Runs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Analytics.Trainer.Worker.Tests.Runs;

public sealed class TrainerOptionsTests
{
    [Fact]
    public void Defaults_AreValid() => Assert.Equal(TimeSpan.FromSeconds(30), Bind().Lease);

    [Theory]
    [InlineData("Trainer:Lease", "00:00:01", "Lease")]
    [InlineData("Trainer:Heartbeat", "00:00:20", "at most half of Trainer:Lease")]
    [InlineData("Trainer:MaxAttempts", "0", "MaxAttempts")]
    [InlineData("Trainer:MaxMemory", "1000", "MaxMemory")]
    [InlineData("Trainer:MaxDatasetBytes", "1", "MaxDatasetBytes")]
    [InlineData("Trainer:WorkFolder", "", "WorkFolder")]
    [InlineData("Trainer:Samples:0:Model", "Iris", "Samples:0")]
    public void Value_OutOfRange_NamesTheSetting(string name, string value, string part)
    {
        var error = Assert.Throws<OptionsValidationException>(() => Bind((name, value)));

        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }

    private static TrainerOptions Bind(params (string Name, string Value)[] settings)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder()
            .AddInMemoryCollection(settings.ToDictionary(s => s.Name, s => (string?)s.Value)).Build());
        services.AddTrainerOptions();
        return services.BuildServiceProvider().GetRequiredService<IOptions<TrainerOptions>>().Value;
    }
}

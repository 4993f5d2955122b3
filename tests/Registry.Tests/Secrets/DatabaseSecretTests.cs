using System.Text.Json.Nodes;
using Amazon.Runtime;
using Analytics.Registry.Database;
using Analytics.Registry.Database.Secrets;
using Analytics.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace Analytics.Registry.Tests.Secrets;

/// <summary>A secret in Secrets Manager as the login of the database; the server asks for a password that is changed.</summary>
public sealed class DatabaseSecretTests : IAsyncLifetime
{
    private const string Arn = "arn:aws:secretsmanager:us-east-2:123456789012:secret:rds!db-0d2c5dbc-6a1c-4b4e-AbCdEf";
    private const string First = "first password of the master user";
    private const string Second = "second password of the master user";

    private readonly PostgresServer _postgres = new() { Password = First };
    private readonly SecretsManagerServer _secrets = new() { Secret = Secret(First) };
    private readonly FakeTimeProvider _time = new();
    private string _database = "";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await _postgres.CreateDatabaseAsync();

    public async ValueTask DisposeAsync()
    {
        await _postgres.DisposeAsync();
        await _secrets.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Open_PasswordRotated_UsesTheNewOneAfterOneRefusal(bool namesTheUser)
    {
        await using var source = new AnalyticsDataSource(Without(namesTheUser ? "Password" : "Username", "Password"), NewSecret(), null);
        await using var held = await source.OpenConnectionAsync(Cancelled);
        await RotateAsync(held);
        _secrets.Secret = Secret(Second);
        _time.Advance(TimeSpan.FromSeconds(2));

        await using var renewed = await OpenAsync(source);

        Assert.Equal(2, _secrets.Asked.Count);
        Assert.All(_secrets.Asked, asked => Assert.Equal(Arn, asked));
        // The connection from before goes on.
        Assert.Equal(1, await SelectAsync(held));
        Assert.Equal(1, await SelectAsync(renewed));
    }

    [Fact]
    public async Task Open_ManyConnections_TheSecretIsReadOnceALifetime()
    {
        await using var source = new AnalyticsDataSource(Without("Username", "Password"), NewSecret(), null);
        var open = new List<NpgsqlConnection>();
        for (var i = 0; i < 5; i++)
        {
            open.Add(await source.OpenConnectionAsync(Cancelled));
        }

        Assert.Single(_secrets.Asked);
        _time.Advance(TimeSpan.FromMinutes(2));
        open.Add(await source.OpenConnectionAsync(Cancelled));

        Assert.Equal(2, _secrets.Asked.Count);
        foreach (var connection in open)
        {
            await connection.DisposeAsync();
        }
    }

    [Fact]
    public async Task Open_SecretsManagerAway_FailsForNowAndWorksLater()
    {
        await using var source = new AnalyticsDataSource(Without("Username", "Password"), NewSecret(), null);
        _secrets.IsAway = true;

        var away = await Assert.ThrowsAsync<NpgsqlException>(async () => await source.OpenConnectionAsync(Cancelled));
        _secrets.IsAway = false;
        await using var connection = await source.OpenConnectionAsync(Cancelled);

        Assert.True(away.IsTransient);
        Assert.Contains($"{Arn} (Database:Secret) cannot be read: 503", away.Message, StringComparison.Ordinal);
        Assert.Equal(1, await SelectAsync(connection));
    }

    [Theory]
    [InlineData(null, "400 AccessDeniedException not authorized to perform: secretsmanager:GetSecretValue")]
    [InlineData("only a password", "expected JSON with username and password")]
    [InlineData("""{"username":"postgres","password":7}""", "expected JSON with username and password")]
    [InlineData("""{"username":"somebody else","password":"x"}""", "is of the user 'somebody else', connections are made as 'postgres'")]
    public async Task Open_SecretOfNoUse_SaysWhy(string? secret, string expected)
    {
        await using var source = new AnalyticsDataSource(Without("Password"), NewSecret(), null);
        _secrets.Secret = secret;

        var error = await Assert.ThrowsAsync<NpgsqlException>(async () => await source.OpenConnectionAsync(Cancelled));

        Assert.Contains(expected, error.ToString(), StringComparison.Ordinal);
        Assert.False(error.IsTransient);
        Assert.DoesNotContain("only a password", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Service_WithSecret_MigratesAndSurvivesARotationWithoutLoggingIt()
    {
        var told = new LogLines();
        var missing = new NpgsqlConnectionStringBuilder(Without("Username", "Password")) { Database = "made_by_migrate" }.ConnectionString;
        using var host = NewHost(told, missing);
        await using (var scope = host.Services.CreateAsyncScope())
        {
            var context = scope.ServiceProvider.GetRequiredService<AnalyticsContext>();
            Assert.NotEmpty(await DatabaseMigrator.MigrateAsync(context, Cancelled));
            await context.Database.OpenConnectionAsync(Cancelled);
            await RotateAsync((NpgsqlConnection)context.Database.GetDbConnection());
            _secrets.Secret = Secret(Second);
            // With the connection of before.
            Assert.Empty(await context.TrainingRuns.ToListAsync(Cancelled));
        }

        NpgsqlConnection.ClearAllPools();
        await using (var scope = host.Services.CreateAsyncScope())
        {
            var context = scope.ServiceProvider.GetRequiredService<AnalyticsContext>();
            await Eventually(async () => Assert.Empty(await context.TrainingRuns.ToListAsync(Cancelled)));
        }

        Assert.NotEmpty(told.Lines);
        Assert.DoesNotContain(told.Lines, line => line.Contains("password of the master user", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Database:Secret", "my-secret", "expected the secret's ARN")]
    [InlineData("Database:SecretServiceUrl", "ftp://x", "expected http(s)://host:port")]
    [InlineData("Database:SecretLifetime", "02:00:00", "SecretLifetime")]
    public void Settings_OutOfRange_AreRefusedByName(string setting, string value, string expected)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new(setting, value)]).Build();

        var error = Assert.Throws<OptionsValidationException>(() => DatabaseSecret.From(configuration));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    // By its settings the driver may try a refused login a second time by itself; else the first call tells of it.
    private static async Task<NpgsqlConnection> OpenAsync(AnalyticsDataSource source)
    {
        try
        {
            return await source.OpenConnectionAsync(Cancelled);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidPassword)
        {
            return await source.OpenConnectionAsync(Cancelled);
        }
    }

    private static string Secret(string password) => new JsonObject { ["username"] = "postgres", ["password"] = password }.ToJsonString();

    private static async Task<int> SelectAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("SELECT 1", connection);
        return (int)(await command.ExecuteScalarAsync(Cancelled))!;
    }

    private static async Task RotateAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand($"ALTER USER postgres PASSWORD '{Second}'", connection);
        await command.ExecuteNonQueryAsync(Cancelled);
    }

    private static async Task Eventually(Func<Task> succeeds)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await succeeds();
                return;
            }
            catch (Exception) when (attempt < 100)
            {
                await Task.Delay(100, Cancelled);
            }
        }
    }

    private DatabaseSecret NewSecret() => new(
        new DatabaseOptions { Secret = Arn, SecretServiceUrl = _secrets.Url },
        () => new BasicAWSCredentials(SecretsManagerServer.AccessKey, SecretsManagerServer.SecretKey), _time);

    private string Without(params string[] keys)
    {
        var connection = new NpgsqlConnectionStringBuilder(_database);
        foreach (var key in keys)
        {
            connection.Remove(key);
        }

        return connection.ConnectionString;
    }

    private IHost NewHost(LogLines told, string connection)
    {
        // As an instance's role would: the SDK's chain finds these.
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", SecretsManagerServer.AccessKey);
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", SecretsManagerServer.SecretKey);
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:analytics"] = connection,
            ["Database:Secret"] = Arn,
            ["Database:SecretServiceUrl"] = _secrets.Url,
        });
        builder.Logging.SetMinimumLevel(LogLevel.Trace).AddProvider(told);
        builder.AddAnalyticsDatabase();
        return builder.Build();
    }
}

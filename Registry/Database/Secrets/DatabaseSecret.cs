using Amazon.Runtime;
using Amazon.Runtime.Credentials;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Analytics.Registry.Database.Secrets;

/// <summary>
/// The login that a secret holds, for each new connection. What has worked is kept for <see cref="DatabaseOptions.SecretLifetime"/>;
/// when a connection was refused with it, as after a rotation, the next one reads the secret again. Connections that are open are
/// not touched. Any number of threads.
/// </summary>
public sealed class DatabaseSecret : IDisposable
{
    /// <summary>So often at most the secret is read while no connection succeeds.</summary>
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly SecretsManager _secrets;
    private readonly TimeSpan _lifetime;
    private readonly TimeProvider _time;
    private readonly string _name;
    private DatabaseLogin? _login;
    private long _readAt;
    private bool _isInDoubt;

    internal DatabaseSecret(DatabaseOptions options, Func<AWSCredentials> credentials, TimeProvider time)
    {
        _name = options.Secret!;
        _ = SecretArn.TryParse(_name, out var arn);
        var endpoint = string.IsNullOrEmpty(options.SecretServiceUrl) ? arn!.Endpoint : new Uri(options.SecretServiceUrl);
        _secrets = new SecretsManager(arn!, endpoint, options.SecretTimeout, credentials);
        _lifetime = options.SecretLifetime;
        _time = time;
    }

    /// <summary>The secret of the settings; null when they name none.</summary>
    /// <exception cref="OptionsValidationException">A setting of the section <c>Database</c> cannot be used.</exception>
    public static DatabaseSecret? From(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var options = configuration.GetSection(DatabaseOptions.Section).Get<DatabaseOptions>() ?? new DatabaseOptions();
        if (DatabaseOptionsValidation.Faults(options) is { Count: > 0 } faults)
        {
            throw new OptionsValidationException(DatabaseOptions.Section, typeof(DatabaseOptions), faults);
        }

        return string.IsNullOrWhiteSpace(options.Secret)
            ? null
            : new DatabaseSecret(options, () => DefaultAWSCredentialsIdentityResolver.GetCredentials(), TimeProvider.System);
    }

    /// <summary>
    /// Lets the data source's connections use the secret. A name that is not in the connection string is read from the secret now,
    /// since the driver knows one name for all connections; the passwords are read later.
    /// </summary>
    /// <exception cref="NpgsqlException">The name is needed and the secret cannot be read.</exception>
    public void Use(NpgsqlDataSourceBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var connection = builder.ConnectionStringBuilder;
        connection.Password = null;
        if (string.IsNullOrEmpty(connection.Username))
        {
            connection.Username = Wait(ReadAsync(CancellationToken.None)).Username;
        }

        builder.UsePasswordProvider(
            c => Wait(PasswordAsync(c.Username, CancellationToken.None)),
            (c, cancellationToken) => new ValueTask<string>(PasswordAsync(c.Username, cancellationToken)));
        builder.UsePhysicalConnectionInitializer(
            _ => Confirm(),
            _ =>
            {
                Confirm();
                return Task.CompletedTask;
            });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _secrets.Dispose();
        _gate.Dispose();
    }

    // Somewhere else, so that a caller's context cannot wait for itself.
    private static T Wait<T>(Task<T> reading) => Task.Run(() => reading).GetAwaiter().GetResult();

    private void Confirm() => Volatile.Write(ref _isInDoubt, false);

    private async Task<string> PasswordAsync(string? username, CancellationToken cancellationToken)
    {
        var login = await ReadAsync(cancellationToken);
        if (login.Username != username)
        {
            throw new NpgsqlException(
                $"The database's secret {_name} (Database:Secret) is of the user '{login.Username}', connections are made as '{username}'. "
                + "Leave Username out of ConnectionStrings:analytics, and start anew where the secret's user has changed.");
        }

        // Until the connection is made it is not known whether the password is still the right one.
        Volatile.Write(ref _isInDoubt, true);
        return login.Password;
    }

    private async Task<DatabaseLogin> ReadAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var bound = Volatile.Read(ref _isInDoubt) && _lifetime > ShortestPause ? ShortestPause : _lifetime;
            if (_login is { } known && _time.GetElapsedTime(_readAt) < bound)
            {
                return known;
            }

            _login = DatabaseLogin.Parse(await _secrets.ReadAsync(cancellationToken))
                ?? throw new NpgsqlException($"The database's secret {_name} (Database:Secret): expected JSON with username and password; found something else.");
            _readAt = _time.GetTimestamp();
            return _login;
        }
        finally
        {
            _gate.Release();
        }
    }
}

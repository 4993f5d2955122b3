using System.Net.Http.Headers;
using System.Text.Json;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Auth;
using Amazon.S3;
using Npgsql;

namespace Analytics.Registry.Database.Secrets;

/// <summary>
/// The one call of AWS Secrets Manager that is needed, <c>GetSecretValue</c> in its JSON 1.1 protocol, signed by the AWS SDK's own
/// signer: for one call no further SDK package is worth its while. The role needs <c>secretsmanager:GetSecretValue</c> on the secret.
/// </summary>
internal sealed class SecretsManager(SecretArn secret, Uri endpoint, TimeSpan timeout, Func<AWSCredentials> credentials) : IDisposable
{
    private const string Service = "secretsmanager";
    private const string ContentType = "application/x-amz-json-1.1";

    private readonly HttpClient _http = new() { Timeout = timeout };

    /// <summary>Reads the secret's current value.</summary>
    /// <exception cref="NpgsqlException">It cannot be read, and why; transient where the same call may succeed later.</exception>
    public async Task<string> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var request = await SignAsync(JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["SecretId"] = secret.Value }));
            using var response = await _http.SendAsync(request, cancellationToken);
            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            if (response.IsSuccessStatusCode)
            {
                return Find(body, "SecretString") ?? throw Failed("the answer has no SecretString", null);
            }

            var reason = $"{(int)response.StatusCode} {Find(body, "__type")} {Find(body, "message") ?? Find(body, "Message")}".TrimEnd();
            var passes = (int)response.StatusCode >= 500 || reason.Contains("Throttling", StringComparison.Ordinal);
            throw Failed(reason, passes ? new IOException(reason) : null);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failed($"no answer from {endpoint} within {timeout.TotalSeconds} s", new TimeoutException(e.Message, e));
        }
        catch (HttpRequestException e)
        {
            throw Failed($"{endpoint}: {e.Message}", new IOException(e.Message, e));
        }
        catch (AmazonClientException e)
        {
            // No credentials yet: an instance's role may be a moment late.
            throw Failed(e.Message, new IOException(e.Message, e));
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpRequestMessage> SignAsync(byte[] body)
    {
        var identity = await credentials().GetCredentialsAsync();
        using var signed = new DefaultRequest(new SecretRequest(), Service)
        {
            HttpMethod = "POST",
            Endpoint = endpoint,
            ResourcePath = "/",
            Content = body,
            AuthenticationRegion = secret.Region,
            OverrideSigningServiceName = Service,
        };
        signed.Headers["Content-Type"] = ContentType;
        signed.Headers["X-Amz-Target"] = "secretsmanager.GetSecretValue";
        if (identity.UseToken)
        {
            signed.Headers["X-Amz-Security-Token"] = identity.Token;
        }

        var signature = new AWS4Signer().SignRequest(signed, new AmazonS3Config(), null, identity.AccessKey, identity.SecretKey);
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(endpoint, "/")) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(ContentType);
        request.Headers.TryAddWithoutValidation("Authorization", signature.ForAuthorizationHeader);
        foreach (var (name, value) in signed.Headers.Where(h => !h.Key.StartsWith("Content-", StringComparison.OrdinalIgnoreCase)))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    private NpgsqlException Failed(string reason, Exception? passing) =>
        new($"The database's secret {secret.Value} (Database:Secret) cannot be read: {reason}.", passing);

    private static string? Find(byte[] body, string name)
    {
        try
        {
            using var answer = JsonDocument.Parse(body);
            return answer.RootElement.ValueKind == JsonValueKind.Object && answer.RootElement.TryGetProperty(name, out var value) ? value.ToString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>What the signer wants to see as the request.</summary>
    private sealed class SecretRequest : AmazonWebServiceRequest;
}

using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Analytics.Testing;

namespace Analytics.Registry.Tests.Secrets;

/// <summary>Answers <c>GetSecretValue</c> as AWS Secrets Manager does, on a real port; checks the signature as its documentation says.</summary>
internal sealed class SecretsManagerServer : IAsyncDisposable
{
    public const string AccessKey = "AKIDEXAMPLE";
    public const string SecretKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    public const string Region = "us-east-2";

    private readonly HttpListener _listener = new();
    private readonly Task _answering;

    public SecretsManagerServer()
    {
        Url = $"http://127.0.0.1:{TestServers.FreePort()}";
        _listener.Prefixes.Add(Url + "/");
        _listener.Start();
        _answering = AnswerAsync();
    }

    public string Url { get; }

    /// <summary>The secret's text; null answers that access is denied.</summary>
    public string? Secret { get; set; }

    /// <summary>Answers 503 to everything.</summary>
    public bool IsAway { get; set; }

    /// <summary>The ARNs asked for.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _answering;
    }

    private async Task AnswerAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext call;
            try
            {
                call = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            using var body = new MemoryStream();
            await call.Request.InputStream.CopyToAsync(body);
            var (status, answer) = Answer(call.Request, body.ToArray());
            call.Response.StatusCode = status;
            await call.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(answer.ToJsonString()));
            call.Response.Close();
        }
    }

    private (int Status, JsonObject Answer) Answer(HttpListenerRequest request, byte[] body)
    {
        if (IsAway)
        {
            return (503, []);
        }

        if (request.Headers["X-Amz-Target"] != "secretsmanager.GetSecretValue" || request.Headers["Authorization"] != Authorization(request, body))
        {
            return (400, new() { ["__type"] = "InvalidSignatureException", ["message"] = "The request signature does not match." });
        }

        var arn = JsonNode.Parse(body)!["SecretId"]!.GetValue<string>();
        Asked.Enqueue(arn);
        return Secret is null
            ? (400, new() { ["__type"] = "AccessDeniedException", ["Message"] = "not authorized to perform: secretsmanager:GetSecretValue" })
            : (200, new() { ["ARN"] = arn, ["SecretString"] = Secret });
    }

    // Signature Version 4, written down from its description: nothing of the SDK's.
    private static string Authorization(HttpListenerRequest request, byte[] body)
    {
        var names = request.Headers["Authorization"]!.Split("SignedHeaders=")[1].Split(',')[0];
        var date = request.Headers["X-Amz-Date"]!;
        var headers = string.Concat(names.Split(';').Select(n => $"{n}:{request.Headers[n]!.Trim()}\n"));
        var canonical = $"POST\n/\n\n{headers}\n{names}\n{Hex(SHA256.HashData(body))}";
        var scope = $"{date[..8]}/{Region}/secretsmanager/aws4_request";
        var key = Encoding.UTF8.GetBytes("AWS4" + SecretKey);
        foreach (var part in scope.Split('/'))
        {
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        }

        var text = $"AWS4-HMAC-SHA256\n{date}\n{scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        return $"AWS4-HMAC-SHA256 Credential={AccessKey}/{scope}, SignedHeaders={names}, Signature={Hex(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)))}";
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}

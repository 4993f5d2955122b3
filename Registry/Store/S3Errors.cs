using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;
using Amazon.S3;

namespace Analytics.Registry.Store;

/// <summary>What an S3 store says when the server, or the way to it, does not do what it was asked.</summary>
internal sealed class S3Errors(string location, StoreOptions options)
{
    private readonly string _place = options.ServiceUrl is { Length: > 0 } url ? $"{location} at {url}" : location;

    /// <summary>The store error for an exception, or null when it is none of the server's.</summary>
    public StoreException? Explain(Exception e, string operation) => e switch
    {
        AmazonS3Exception answer => Explain(answer, operation),
        OperationCanceledException or TimeoutException => Error(
            StoreErrorKind.Unavailable, operation, $"no answer within {options.RequestTimeout} (Store:RequestTimeout)",
            "Check that the endpoint is up and can be reached.", e),
        AmazonClientException when e.Message.Contains("credentials", StringComparison.OrdinalIgnoreCase) => Error(
            StoreErrorKind.AccessDenied, operation, "no AWS credentials were found",
            "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the container or instance a role.", e),
        HttpRequestException or IOException or SocketException or AmazonServiceException or AmazonClientException => Error(
            StoreErrorKind.Unavailable, operation, e.GetBaseException().Message.TrimEnd('.', '\n'),
            "Check that the endpoint is up and can be reached, and that it speaks S3.", e),
        _ => null,
    };

    private StoreException Explain(AmazonS3Exception e, string operation)
    {
        var (kind, advice) = Classify(e);
        var message = string.IsNullOrWhiteSpace(e.Message) ? "" : $" ({e.Message.TrimEnd('.')})";
        return Error(kind, operation, $"the answer was {(int)e.StatusCode} {e.ErrorCode}{message}", advice, e);
    }

    private (StoreErrorKind Kind, string Advice) Classify(AmazonS3Exception e) => (e.StatusCode, e.ErrorCode) switch
    {
        (_, "NoSuchBucket") => (StoreErrorKind.NoSuchStore, "Create the bucket or correct Store:Url."),
        (_, "InvalidAccessKeyId" or "SignatureDoesNotMatch" or "ExpiredToken" or "InvalidToken") => (
            StoreErrorKind.AccessDenied,
            "Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or the role of the container or instance."),
        (_, "RequestTimeTooSkewed") => (StoreErrorKind.AccessDenied, "Set this machine's clock."),
        (_, "PermanentRedirect" or "TemporaryRedirect" or "AuthorizationHeaderMalformed" or "IllegalLocationConstraintException") => (
            StoreErrorKind.Refused, "Set Store:Region to the bucket's region."),
        (HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized, _) => (
            StoreErrorKind.AccessDenied,
            "The role needs s3:ListBucket on the bucket (without it a missing key is a 403 too) and s3:GetObject, s3:PutObject and "
            + "s3:DeleteObject on its objects."),
        (HttpStatusCode.NotImplemented, _) => (StoreErrorKind.Refused, SettingsAdvice),
        // The upload of a multipart transfer that is gone, a conflict that outlasted the retries: both are tried again as a whole.
        ( >= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests or HttpStatusCode.Conflict, _)
            or (_, "RequestTimeout" or "IncompleteBody" or "NoSuchUpload") => (StoreErrorKind.Unavailable, "Try again later."),
        _ => (StoreErrorKind.Refused, SettingsAdvice),
    };

    // aws-sdk-net#3610: what a server that does not know the checksum headers answers differs by server, so the setting is
    // named for every request that was refused as such.
    private string SettingsAdvice => options.Checksums == StoreChecksums.WhenSupported
        ? "Where the server does not know the AWS SDK's checksums, set Store:Checksums to WhenRequired; else check "
            + "Store:ServiceUrl, Store:ForcePathStyle and Store:Region."
        : "Check Store:ServiceUrl, Store:ForcePathStyle and Store:Region.";

    private StoreException Error(StoreErrorKind kind, string operation, string found, string advice, Exception e) =>
        new(kind, $"{_place}: {operation} failed: {found}. {advice}", e);
}

using Amazon;
using Amazon.Runtime;
using Amazon.S3;

namespace Analytics.Registry.Store;

/// <summary>The AWS SDK's client as the options want it.</summary>
internal static class S3Client
{
    public static AmazonS3Config Configure(StoreOptions options)
    {
        var required = options.Checksums == StoreChecksums.WhenRequired;
        var config = new AmazonS3Config
        {
            ForcePathStyle = options.ForcePathStyle ?? !string.IsNullOrEmpty(options.ServiceUrl),
            MaxErrorRetry = options.MaxRetries,
            RetryMode = RequestRetryMode.Standard,
            // Retries are few and each call has a deadline. Their shared quota would leave a call without any after a busy minute.
            ThrottleRetries = false,
            RequestChecksumCalculation =
                required ? RequestChecksumCalculation.WHEN_REQUIRED : RequestChecksumCalculation.WHEN_SUPPORTED,
            ResponseChecksumValidation =
                required ? ResponseChecksumValidation.WHEN_REQUIRED : ResponseChecksumValidation.WHEN_SUPPORTED,
            // Calls and transfers have deadlines of their own; the HTTP client's 100 s would cut a large upload.
            Timeout = Timeout.InfiniteTimeSpan,
        };
        if (!string.IsNullOrEmpty(options.ServiceUrl))
        {
            config.ServiceURL = options.ServiceUrl;
            config.AuthenticationRegion = options.Region ?? "us-east-1";
        }
        else if (!string.IsNullOrEmpty(options.Region))
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(options.Region);
        }

        return config;
    }

    /// <summary>A client with the credentials of the SDK's default chain.</summary>
    public static AmazonS3Client Create(StoreOptions options)
    {
        try
        {
            return new AmazonS3Client(Configure(options));
        }
        catch (AmazonClientException e)
        {
            throw new StoreException(
                StoreErrorKind.Refused,
                $"{options.Url}: no client for S3: {e.Message}. Set Store:Region (or AWS_REGION), or Store:ServiceUrl for another server.",
                e);
        }
    }
}

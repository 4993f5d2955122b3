using System.Runtime.CompilerServices;
using Microsoft.ML;

namespace Analytics.Trainer.Worker.Training.Candidates;

/// <summary>ML.NET's trainers take no token; the context can be told to stop, but only by a member that is not public.</summary>
internal static class MlNetCancellation
{
    /// <summary>A context that stops its trainers when the token is cancelled; dispose the registration after training.</summary>
    public static CancellationTokenRegistration Link(MLContext context, CancellationToken cancellationToken) =>
        cancellationToken.Register(() => CancelExecution(context));

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "CancelExecution")]
    private static extern void CancelExecution(MLContext context);
}

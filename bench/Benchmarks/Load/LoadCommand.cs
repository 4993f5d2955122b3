using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Analytics.Benchmarks.Load;

/// <summary>
/// <c>load PORT PATH BODY [SECONDS] [CONNECTIONS] [RATE]</c>: load on a scorer of this machine that already runs, for a look at
/// it; without a rate at full speed.
/// </summary>
internal static class LoadCommand
{
    public static async Task RunAsync(string[] args, CancellationToken cancellationToken)
    {
        if (args.Length < 3)
        {
            throw new ArgumentException("Expected: load PORT PATH BODY [SECONDS] [CONNECTIONS] [RATE].");
        }

        var plan = new LoadPlan(new IPEndPoint(IPAddress.Loopback, (int)Number(args, 0, 0)), [LoadPlan.Post(args[1], args[2])])
        {
            Connections = (int)Number(args, 4, 32),
            Rate = args.Length > 5 ? Number(args, 5, 0) : null,
        };
        var log = await LoadGenerator.RunAsync(plan, TimeSpan.FromSeconds(Number(args, 3, 10)), cancellationToken);
        foreach (var refusal in log.Refusals)
        {
            Console.WriteLine(refusal);
        }

        Console.WriteLine(JsonSerializer.Serialize(LoadSummary.Of(log), JsonSerializerOptions.Web));
    }

    private static double Number(string[] args, int index, double otherwise) =>
        args.Length > index ? double.Parse(args[index], CultureInfo.InvariantCulture) : otherwise;
}

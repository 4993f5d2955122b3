using Analytics.EndToEnd.Tests;
using Analytics.Testing;

[assembly: AssemblyFixture(typeof(AppHostFixture))]
[assembly: AssemblyFixture(typeof(S3Server))]

// Each running application is six processes: side by side they would only wait for each other.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

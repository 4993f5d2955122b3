using Analytics.EndToEnd.Tests;

[assembly: AssemblyFixture(typeof(AppHostFixture))]

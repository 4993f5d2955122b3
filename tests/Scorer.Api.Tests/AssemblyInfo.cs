using Analytics.Testing;

[assembly: AssemblyFixture(typeof(PostgresServer))]

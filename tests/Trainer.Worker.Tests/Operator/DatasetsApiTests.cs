using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Analytics.Registry.Store;
using Analytics.Testing;

namespace Analytics.Trainer.Worker.Tests.Operator;

public sealed class DatasetsApiTests(PostgresServer postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task PutDataset_New_IsStoredByteForByteAndDescribed()
    {
        await using var trainer = await StartAsync();
        var bytes = await File.ReadAllBytesAsync(RepositoryFiles.Data("penguins_raw.csv"), Cancel);

        var (status, view) = await PutAsync(
            trainer, "penguins_raw?label=Species&exclude=Comments&exclude=Culmen%20Length%20(mm)&class=b&class=a", bytes);

        Assert.Equal(HttpStatusCode.Created, status);
        Assert.Equal(bytes.Length, view.GetProperty("bytes").GetInt64());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), view.GetProperty("sha256").GetString());
        Assert.Equal(17, view.GetProperty("columns").GetArrayLength());
        Assert.Equal(344, view.GetProperty("rows").GetInt64());
        await using var stored = await trainer.Store.OpenAsync("datasets/penguins_raw/data.csv", Cancel);
        Assert.Equal(bytes, await ReadAsync(stored!.Content));
        var dataset = await trainer.GetAsync("/datasets/penguins_raw");
        Assert.Equal(["Comments", "Culmen Length (mm)"], Texts(dataset.GetProperty("schema").GetProperty("exclude")));
        Assert.Equal(["b", "a"], Texts(dataset.GetProperty("schema").GetProperty("classes")));
        Assert.Equal("loopback", dataset.GetProperty("uploadedBy").GetString());
        Assert.Equal(["penguins_raw"], Texts((await trainer.GetAsync("/datasets")).GetProperty("datasets")));
    }

    [Fact]
    public async Task PutDataset_Again_ReplacesAndKeepsTheSchemaUnlessOneIsGiven()
    {
        await using var trainer = await StartAsync();
        await PutAsync(trainer, "a?label=y&exclude=x", "x,y,z\n1,2,3\n"u8.ToArray());

        var (status, _) = await PutAsync(trainer, "a", "x,y,z\n1,2,3\n4,5,6\n"u8.ToArray());
        var kept = await trainer.GetAsync("/datasets/a");
        await PutAsync(trainer, "a?label=z", "x,y,z\n1,2,3\n"u8.ToArray());
        var replaced = await trainer.GetAsync("/datasets/a");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(2, kept.GetProperty("rows").GetInt64());
        Assert.Equal("y", kept.GetProperty("schema").GetProperty("label").GetString());
        Assert.Equal("z", replaced.GetProperty("schema").GetProperty("label").GetString());
        Assert.Equal(JsonValueKind.Null, replaced.GetProperty("schema").GetProperty("exclude").ValueKind);
    }

    [Theory]
    [InlineData("a", "x,y\n1,2\n3\n", "Line 3")]
    [InlineData("a", "x,y\n1,\"2\n", "Line 2")]
    [InlineData("a", "", "empty")]
    [InlineData("a", "x,x\n1,2\n", "two columns are named 'x'")]
    [InlineData("a", "PK\u0003\u0004\0\0", "ZIP")]
    [InlineData("a?label=w", "x,y\n1,2\n", "'label' names column 'w'")]
    [InlineData("a?label=y&exclude=v", "x,y\n1,2\n", "'exclude' names column 'v'")]
    [InlineData("A", "x,y\n1,2\n", "found 'A'")]
    public async Task PutDataset_NotUsable_IsAProblemAndNothingIsStored(string target, string content, string detail)
    {
        await using var trainer = await StartAsync();

        var (status, problem) = await PutAsync(trainer, target, Encoding.UTF8.GetBytes(content));

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(detail, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Empty(await KeysAsync(trainer));
        Assert.Empty(Leftovers(trainer));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task PutDataset_OverTheBound_Is413(bool lengthKnown)
    {
        await using var trainer = await StartAsync(("Trainer:MaxDatasetBytes", "1024"));
        using var request = new HttpRequestMessage(HttpMethod.Put, "/datasets/a")
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes("x,y\n" + string.Concat(Enumerable.Repeat("1,2\n", 1000)))),
        };
        request.Headers.TransferEncodingChunked = !lengthKnown;

        using var response = await trainer.Client.SendAsync(request, Cancel);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("1024", await response.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Empty(await KeysAsync(trainer));
    }

    [Fact]
    public async Task PutDataset_LargerThanTheServersOwnBound_IsTaken()
    {
        await using var trainer = await StartAsync();
        // Kestrel's default is 30 MB.
        var content = new StringBuilder("x,y\n");
        while (content.Length < 32_000_000)
        {
            content.Append("0123456789012345678901234567890123456789,0123456789012345678901234567890123456789\n");
        }

        var (status, _) = await PutAsync(trainer, "large", Encoding.UTF8.GetBytes(content.ToString()));

        Assert.Equal(HttpStatusCode.Created, status);
    }

    [Fact]
    public async Task PutDataset_CutHalfWay_LeavesNoDataset()
    {
        await using var trainer = await StartAsync();
        var address = trainer.Client.BaseAddress!;
        using (var socket = new Socket(SocketType.Stream, ProtocolType.Tcp))
        {
            await socket.ConnectAsync(address.Host, address.Port, Cancel);
            var head = $"PUT /datasets/half HTTP/1.1\r\nHost: {address.Authority}\r\nContent-Length: 1000000\r\n\r\nx,y\n1,2\n";
            await socket.SendAsync(Encoding.ASCII.GetBytes(head), Cancel);
            await TestTrainer.UntilAsync(() => Task.FromResult(Leftovers(trainer).Any()), "the upload has begun");
            socket.Close(0);
        }

        await TestTrainer.UntilAsync(() => Task.FromResult(!Leftovers(trainer).Any()), "the upload is given up");

        Assert.Empty(await KeysAsync(trainer));
        using var response = await trainer.Client.GetAsync(new Uri("/datasets/half", UriKind.Relative), Cancel);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task GetDataset_PutIntoTheStoreByOtherMeans_ShowsItsHeader()
    {
        await using var trainer = await StartAsync();
        var file = Path.Combine(trainer.Folder, "other.csv");
        await File.WriteAllTextAsync(file, "a,\"b,c\"\n1,2\n", Cancel);
        await trainer.Store.PutFileAsync("datasets/other/data.csv", file, Cancel);

        var dataset = await trainer.GetAsync("/datasets/other");

        Assert.Equal(["a", "b,c"], Texts(dataset.GetProperty("columns")));
        Assert.Equal(JsonValueKind.Null, dataset.GetProperty("sha256").ValueKind);
        Assert.Equal(12.ToString(CultureInfo.InvariantCulture), dataset.GetProperty("bytes").ToString());
    }

    [Fact]
    public async Task GetDataset_Uploaded_ShowsItsProfile()
    {
        await using var trainer = await StartAsync();
        await PutAsync(trainer, "a?label=y", Encoding.UTF8.GetBytes(
            "n,t,y\n" + string.Concat(Enumerable.Range(0, 100).Select(i => $"{(i % 4 == 0 ? "" : $"{i / 2.0:0.0}")},k{i % 3},{i % 2}\n"))));

        var first = await trainer.GetAsync("/datasets/a");
        var again = await trainer.GetAsync("/datasets/a");

        Assert.Equal(first.GetRawText(), again.GetRawText());
        Assert.Equal(JsonValueKind.Null, first.GetProperty("fault").ValueKind);
        var profile = first.GetProperty("profile");
        Assert.Equal(100, profile.GetProperty("rows").GetInt64());
        var number = profile.GetProperty("columns")[0];
        Assert.Equal(("n", "number", 0.25, 75), (
            number.GetProperty("name").GetString(), number.GetProperty("type").GetString(),
            number.GetProperty("missingShare").GetDouble(), number.GetProperty("distinctCount").GetInt64()));
        Assert.Equal(0.5, number.GetProperty("numbers").GetProperty("minimum").GetDouble());
        Assert.Equal(75, number.GetProperty("numbers").GetProperty("histogram").EnumerateArray().Sum(b => b.GetInt64()));
        Assert.Equal("k0", profile.GetProperty("columns")[1].GetProperty("topValues")[0].GetProperty("value").GetString());
    }

    [Fact]
    public async Task PutDataset_Parquet_IsStoredDescribedAndTrains()
    {
        await using var trainer = await TestTrainer.StartAsync(postgres);
        var file = Path.Combine(trainer.Folder, "rows.parquet");
        using (var connection = new DuckDB.NET.Data.DuckDBConnection("DataSource=:memory:"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = $"""
                COPY (SELECT (i % 20)::FLOAT / 8 AS x, i % 3 = 0 AS flag, TIMESTAMP '2024-01-01 06:00:00' + INTERVAL (i) HOUR AS at,
                CASE WHEN i % 20 < 9 THEN 'low' ELSE 'high' END AS y FROM range(60) r(i)) TO '{file}' (FORMAT parquet)
                """;
            command.ExecuteNonQuery();
        }

        var bytes = await File.ReadAllBytesAsync(file, Cancel);
        var (status, view) = await PutAsync(trainer, "a?label=y", bytes, "application/vnd.apache.parquet");
        var dataset = await trainer.GetAsync("/datasets/a");
        var run = await trainer.EndOfAsync(await trainer.QueueAsync("a", new { dataset = "a", parameters = new { trees = 3 } }));

        Assert.Equal((HttpStatusCode.Created, 60L), (status, view.GetProperty("rows").GetInt64()));
        Assert.Equal(["data.parquet"], Texts(dataset.GetProperty("files")));
        var columns = dataset.GetProperty("profile").GetProperty("columns").EnumerateArray().ToList();
        Assert.Equal(["x number", "flag boolean", "at timestamp", "y text"], columns.Select(c => $"{c.GetProperty("name").GetString()} {c.GetProperty("type").GetString()}"));
        Assert.Equal("2024-01-01T06:00:00", columns[2].GetProperty("dates").GetProperty("minimum").GetString());
        // y is whether x is under 1.125: nothing else is needed.
        Assert.True(columns[0].GetProperty("givesLabelAway").GetBoolean());
        Assert.Equal(JsonValueKind.Null, columns[1].GetProperty("givesLabelAway").ValueKind);
        Assert.Equal("succeeded", run.GetProperty("state").GetString());
        Assert.Contains(Texts(run.GetProperty("warnings")), w => w!.StartsWith("Gives the label away by itself: 'x'.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task PutDataset_Ndjson_ReplacesTheCsvAndTrains()
    {
        await using var trainer = await TestTrainer.StartAsync(postgres);
        await PutAsync(trainer, "a?label=y", "x,y\n1,2\n"u8.ToArray());
        var rows = string.Concat(Enumerable.Range(0, 60).Select(i => $"{{\"x\":{i % 20},\"z\":\"k{i % 5}\",\"y\":\"{(i % 20 < 9 ? "low" : "high")}\"}}\n"));

        var (status, view) = await PutAsync(trainer, "a?label=y", Encoding.UTF8.GetBytes(rows), "application/x-ndjson");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal((60, 3), (view.GetProperty("rows").GetInt64(), view.GetProperty("columns").GetArrayLength()));
        Assert.Contains("datasets/a/data.ndjson", await KeysAsync(trainer));
        Assert.DoesNotContain("datasets/a/data.csv", await KeysAsync(trainer));
        var run = await trainer.EndOfAsync(await trainer.QueueAsync("a", new { dataset = "a", parameters = new { trees = 3 } }));
        Assert.Equal("succeeded", run.GetProperty("state").GetString());
    }

    [Fact]
    public async Task Run_ManyFilesInTheStore_AreOneDataset()
    {
        await using var trainer = await TestTrainer.StartAsync(postgres);
        foreach (var part in new[] { "2024/01.csv", "2024/02.csv" })
        {
            var file = Path.Combine(trainer.Folder, "part.csv");
            await File.WriteAllTextAsync(file, "x,y\n" + string.Concat(Enumerable.Range(0, 30).Select(i => $"{i % 15 + part.Length},{(i % 15 < 7 ? "low" : "high")}\n")), Cancel);
            await trainer.Store.PutFileAsync($"datasets/many/{part}", file, Cancel);
        }

        var dataset = await trainer.GetAsync("/datasets/many");
        var run = await trainer.EndOfAsync(await trainer.QueueAsync("many", new { dataset = "many", label = "y", parameters = new { trees = 3 } }));

        Assert.Equal(["2024/01.csv", "2024/02.csv"], Texts(dataset.GetProperty("files")));
        Assert.Equal(60, dataset.GetProperty("rows").GetInt64());
        Assert.Equal("succeeded", run.GetProperty("state").GetString());
    }

    [Theory]
    [InlineData("a", "application/vnd.apache.parquet", "x,y\n1,2\n", "said to be Parquet and looks like CSV")]
    [InlineData("a", "text/csv", "{\"x\":1}\n", "said to be CSV and looks like NDJSON")]
    [InlineData("a", "application/x-ndjson", "{\"x\":1}\n{\"x\":\n", "Malformed JSON")]
    [InlineData("a", "application/vnd.apache.parquet", "PAR1 and no more", "cut short")]
    [InlineData("a?target=both", null, "x,y\n1,2\n", "'target' is classes or number; found 'both'")]
    [InlineData("a?decimal=;", null, "x,y\n1,2\n", "'decimal' is one of the characters")]
    [InlineData("a?date=z", null, "x,y\n1,2\n", "'date' names column 'z'")]
    [InlineData("a?boolean=z", null, "x,y\n1,2\n", "'boolean' names column 'z'")]
    [InlineData("a?dateFormat=%25d", null, "x,y\n1,2\n", "'dateFormat' is made of %Y")]
    [InlineData("a?splitBy=time&splitColumn=z", null, "x,y\n1,2\n", "'split' names column 'z'")]
    [InlineData("a?splitBy=time", null, "x,y\n1,2\n", "'split.column' is missing")]
    [InlineData("a", null, "x,y\n1,\u00002\n", "byte 0x00 at offset 6")]
    [InlineData("a?number=z", null, "x,y\n1,2\n", "'number' names column 'z'")]
    public async Task PutDataset_NotWhatItIsSaidToBe_IsAProblemAndNothingIsStored(string target, string? type, string content, string detail)
    {
        await using var trainer = await StartAsync();

        var (status, problem) = await PutAsync(trainer, target, Encoding.UTF8.GetBytes(content), type);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(detail, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Empty(await KeysAsync(trainer));
    }

    private Task<TestTrainer> StartAsync(params (string Name, string Value)[] settings) =>
        TestTrainer.StartWithoutWorkerAsync(postgres, settings);

    private static IEnumerable<string> Leftovers(TestTrainer trainer)
    {
        var work = new DirectoryInfo(Path.Combine(trainer.Folder, "work"));
        return work.Exists ? work.EnumerateDirectories().SelectMany(d => d.EnumerateDirectories()).Select(d => d.Name) : [];
    }

    private static async Task<List<string>> KeysAsync(TestTrainer trainer) =>
        await trainer.Store.ListAsync(StoreKeys.Datasets, Cancel).Select(e => e.Key).ToListAsync(Cancel);

    private static async Task<byte[]> ReadAsync(Stream stream)
    {
        using var copy = new MemoryStream();
        await stream.CopyToAsync(copy, Cancel);
        return copy.ToArray();
    }

    private static List<string?> Texts(JsonElement array) => [.. array.EnumerateArray().Select(e => e.GetString())];

    private static async Task<(HttpStatusCode Status, JsonElement Body)> PutAsync(
        TestTrainer trainer, string target, byte[] bytes, string? type = null)
    {
        using var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = type is null ? null : new MediaTypeHeaderValue(type);
        using var response = await trainer.Client.PutAsync(new Uri($"/datasets/{target}", UriKind.Relative), content, Cancel);
        return (response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>(Cancel));
    }
}

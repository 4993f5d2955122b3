using System.Globalization;
using System.Text.Json;
using Analytics.Testing;
using Analytics.Trainer.Worker.Data;
using Analytics.Trainer.Worker.Training;

namespace Analytics.Trainer.Worker.Tests.Training;

public sealed class AttemptCommandTests : IDisposable
{
    private readonly AttemptFolder _folder = new();

    public static TheoryData<string, string, string> BadData => new()
    {
        { "no label column", "a,b\n1,2\n", "'label' names 'y', which the data does not have; it has 'a', 'b'" },
        { "one class", "x,y\n" + string.Concat(Enumerable.Range(0, 12).Select(i => $"{i * 3 % 7},a\n")), "Every row has the same label 'a'" },
        { "nine rows", SyntheticData.Csv(9, "a", "b"), "The data has 9 rows" },
        { "no rows", "x,y\n", "The data has 0 rows" },
        { "no label anywhere", "x,y\n1,\n2,NA\n3,?\n", "The data has 0 rows with a label in column 'y'" },
        { "ragged", SyntheticData.Csv(20, "a", "b") + "1,2\n", "Line 22: expected 3 fields as in the header, found 2" },
        { "text in a number", SyntheticData.Csv(20, "a", "b") + "abc,2,a\n", "Line 22, column 'x': expected a number" },
        { "nothing varies", "x,y\n" + string.Concat(Enumerable.Range(0, 20).Select(i => $"1,{i % 2}\n")), "No column is left to learn from" },
        { "an output's name", SyntheticData.Csv(60, "a", "b").Replace("x,z", "x,probabilities", StringComparison.Ordinal), "The column 'probabilities' has the name of one of a model's outputs" },
    };

    [Theory]
    [MemberData(nameof(BadData))]
    public async Task Run_BadData_IsAnOutcomeWithASentence(string kind, string csv, string expected)
    {
        Assert.NotEmpty(kind);
        var error = await _folder.WithText(csv).FailAsync(AttemptFolder.Job("d", new DatasetSchema("y")));
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_NotText_IsAnOutcomeWithASentence()
    {
        var error = await _folder.WithBytes([0x89, 0x50, 0x4E, 0x47, 0x0D]).FailAsync(AttemptFolder.Job("d", new DatasetSchema("y")));
        Assert.StartsWith("The data is not UTF-8 text: byte 0x89 at offset 0; it looks like a PNG image.", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_BadParameter_IsToldBeforeTheDataIsRead()
    {
        var error = await _folder.FailAsync(AttemptFolder.Job("d", new DatasetSchema("y"), parameters: ("tree", 3)));
        Assert.Contains("has no parameter 'tree'", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_SplitColumnGone_SaysWhatToDo()
    {
        var job = AttemptFolder.Job("d", new DatasetSchema("y")) with { Split = new SplitDefinition("d", ["x", "gone"]) };
        var error = await _folder.WithText(SyntheticData.Csv(60, "a", "b")).FailAsync(job);
        Assert.Contains("The data has no 'gone', which the data set's hold-out is drawn by", error, StringComparison.Ordinal);
        Assert.Contains("new data set name", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_Progress_IsOneJsonObjectALineAndNeverFalls()
    {
        await _folder.WithFile(RepositoryFiles.Data("iris.csv")).TrainAsync(AttemptFolder.Job("iris", new DatasetSchema("species")));
        var lines = _folder.Progress.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => JsonSerializer.Deserialize(l, AttemptJson.Default.AttemptProgress)!).ToList();
        Assert.Equal(["read", "split", "fit", "export", "check", "evaluate"], lines.Select(l => l.Stage).Distinct());
        Assert.Equal(lines.Select(l => l.Progress).Order(), lines.Select(l => l.Progress));
        Assert.Equal(1, lines[^1].Progress);
    }

    [Theory]
    [InlineData("random-forest")]
    [InlineData("lightgbm")]
    public async Task Run_CancelledWhileFitting_EndsWithoutAnOutcome(string algorithm)
    {
        var parameter = algorithm == "lightgbm" ? "iterations" : "trees";
        _folder.WithFile(RepositoryFiles.Data("digits.csv"));
        var job = AttemptFolder.Job("digits", new DatasetSchema("digit"), algorithm, (parameter, 5000));
        await File.WriteAllBytesAsync(
            _folder.File(TrainingJob.FileName),
            JsonSerializer.SerializeToUtf8Bytes(job, AttemptJson.Default.TrainingJob),
            TestContext.Current.CancellationToken);

        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        await using var progress = new CancelAtStage("fit", cancellation);
        // On a thread of its own: the trainers block theirs.
        var code = await Task.Run(() => AttemptCommand.RunAsync(_folder.Path, progress, cancellation.Token), TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

        Assert.Equal(AttemptCommand.Cancelled, code);
        Assert.False(File.Exists(_folder.File(TrainingOutcome.FileName)));
    }

    public void Dispose() => _folder.Dispose();

    // Cancels a moment after the stage is announced, when the native trainer is at work.
    private sealed class CancelAtStage(string stage, CancellationTokenSource cancellation) : StringWriter(CultureInfo.InvariantCulture)
    {
        public override void WriteLine(string? value)
        {
            if (value?.Contains(stage, StringComparison.Ordinal) == true)
            {
                cancellation.CancelAfter(TimeSpan.FromMilliseconds(300));
            }
        }
    }
}

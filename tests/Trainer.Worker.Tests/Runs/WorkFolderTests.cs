using Analytics.Trainer.Worker.Runs;
using Microsoft.Extensions.Options;

namespace Analytics.Trainer.Worker.Tests.Runs;

public sealed class WorkFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("analytics-work-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Start_WhatAKilledWorkerLeft_IsRemovedAndALivingOnesIsNot()
    {
        var abandoned = Directory.CreateDirectory(Path.Combine(_root, "abandoned"));
        File.WriteAllText(Path.Combine(abandoned.FullName, "lock"), "");
        File.WriteAllText(Path.Combine(abandoned.FullName, "data.csv"), "x");
        using var living = New();
        using var scratch = living.Create("run");

        using var next = New();

        Assert.False(abandoned.Exists && Directory.Exists(abandoned.FullName));
        Assert.True(Directory.Exists(scratch.Folder));
    }

    [Fact]
    public void Dispose_LeavesNothing()
    {
        var work = New();
        using (var scratch = work.Create("run"))
        {
            File.WriteAllText(scratch.File("data.csv"), "x");
        }

        work.Dispose();

        Assert.Empty(Directory.GetFileSystemEntries(_root));
    }

    private WorkFolder New() => new(Options.Create(new TrainerOptions { WorkFolder = _root }));
}

using Analytics.Registry.Models;
using Analytics.Registry.Scoring;
using Analytics.Scorer.Api.Challengers;
using Analytics.Scorer.Api.Tests.Support;

namespace Analytics.Scorer.Api.Tests.Challengers;

public sealed class RowMappingTests
{
    private static readonly InputColumn Height = new("height", ColumnType.Number, true);
    private static readonly InputColumn Width = new("width", ColumnType.Number, false);
    private static readonly InputColumn Color = new("color", ColumnType.Text, false, ["blue"]);

    [Fact]
    public void Copy_OtherOrderAndColumns_GoesByName()
    {
        var extra = new InputColumn("extra", ColumnType.Number, false);
        var mapping = new RowMapping(Of(Height, Width, Color), Of(Color, extra, Height));
        var to = new RowBatch(Of(Color, extra, Height));

        Assert.Null(mapping.Fault);
        Assert.False(mapping.IsSame);
        Assert.True(mapping.TryCopy(Batch([1f, 2f, "blue"], [3f, null, null]), to));

        Assert.Equal(["blue", ""], to.Texts(0).ToArray());
        Assert.Equal([float.NaN, float.NaN], to.Numbers(1).ToArray());
        Assert.Equal([1f, 3f], to.Numbers(2).ToArray());
    }

    [Fact]
    public void Copy_SameColumns_IsSame()
    {
        var mapping = new RowMapping(Of(Height, Width, Color), Of(Height, Width, Color));
        var to = new RowBatch(Of(Height, Width, Color));

        Assert.True(mapping.IsSame);
        Assert.True(mapping.TryCopy(Batch([1f, 2f, "blue"]), to));
        Assert.True(mapping.TryCopy(Batch([4f, null, ""]), to));

        Assert.Equal([1f, 4f], to.Numbers(0).ToArray());
        Assert.Equal([2f, float.NaN], to.Numbers(1).ToArray());
        Assert.Equal(["blue", ""], to.Texts(2).ToArray());
    }

    [Fact]
    public void Fault_WhatTheChallengerNeedsIsNotThere_IsNamed()
    {
        Assert.Equal(
            "it requires the column 'depth', which the champion's requests do not have",
            new RowMapping(Of(Height), Of(Height, new InputColumn("depth", ColumnType.Number, true))).Fault);
        Assert.Equal(
            "its column 'height' is a text, the champion's a number",
            new RowMapping(Of(Height), Of(new InputColumn("height", ColumnType.Text, true))).Fault);
    }

    [Fact]
    public void Copy_MissingWhereTheChallengerRequires_IsRefused()
    {
        var strict = new RowMapping(Of(Height, Width, Color), Of(Height, Width with { Required = true }, Color with { Required = true }));

        Assert.Null(strict.Fault);
        Assert.False(strict.IsSame);
        Assert.True(strict.TryCopy(Batch([1f, 2f, "blue"]), new RowBatch(Of(Height, Width, Color))));
        Assert.False(strict.TryCopy(Batch([1f, 2f, "blue"], [1f, null, "blue"]), new RowBatch(Of(Height, Width, Color))));
        Assert.False(strict.TryCopy(Batch([1f, 2f, ""]), new RowBatch(Of(Height, Width, Color))));
    }

    private static Signature Of(params InputColumn[] columns) => new(columns, new SignatureOutput("size", OutputKind.Number));

    private static RowBatch Batch(params object?[][] rows)
    {
        var batch = new RowBatch(Of(Height, Width, Color));
        foreach (var row in rows)
        {
            TestModel.Add(batch, row);
        }

        return batch;
    }
}
